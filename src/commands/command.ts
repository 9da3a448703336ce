/** What a command is, wherever it came from and whatever runs it. */
import type { FrontMatter } from "./front-matter.ts";

/** Markdown becomes a prompt; a module and an executable run and answer, or give a prompt. */
export type Kind = "markdown" | "module" | "executable";

/** A command file that was found. */
export interface Command {
  /** What is typed behind the slash: `deploy`, `git:st`. */
  readonly name: string;
  /** A skill's second name, where its front matter gives one. */
  readonly alias?: string;
  readonly kind: Kind;
  /** True for a SKILL.md, whose text is headed by the folder it lies in. */
  readonly skill: boolean;
  readonly file: string;
  /** The commands folder it was found in. */
  readonly root: string;
  /** The project that holds it; undefined in the home folders, whose files are trusted. */
  readonly project?: string;
  /** True when the file is a link that leads out of its project. */
  readonly strayed: boolean;
  /** `.codexplus/commands`, `.claude/skills`…: what a person knows the place by. */
  readonly place: string;
  readonly matter: FrontMatter;
  /** For lists: the front matter's, else the first line of the text. */
  readonly description: string;
}

/** A file that cannot be used as it stands. */
export interface Problem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** What came of a command. */
export type Result =
  | {
      readonly kind: "prompt";
      /** The text parts that take the place of what was typed, in order, as Claude Code sends them. */
      readonly parts: readonly string[];
      /** Text parts that go before them: attached files. */
      readonly attached: readonly string[];
      /** Files that were named and do not go along, and why; absent when there are none. */
      readonly left?: readonly { readonly name: string; readonly why: string }[];
      /** As the file has it: for this turn only. */
      readonly model?: string;
      readonly effort?: string;
    }
  /** Text to be shown; nothing goes up. */
  | { readonly kind: "answer"; readonly text: string }
  /** The command did not run: why, and what to do. */
  | { readonly kind: "refused"; readonly text: string };
