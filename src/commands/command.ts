/** What a command is, wherever it came from and whatever runs it. */
import type { PromptPart } from "../protocol/prompt.ts";
import type { FrontMatter } from "./front-matter.ts";

/** Markdown becomes a prompt; a module and an executable run and answer, or give a prompt; a prompt is no file: its source is asked. */
export type Kind = "markdown" | "module" | "executable" | "prompt";

/** A command that was found. */
export interface Command {
  /** What is typed behind the slash: `deploy`, `git:st`. */
  readonly name: string;
  /** A skill's second name, where its front matter gives one. */
  readonly alias?: string;
  readonly kind: Kind;
  /** True for a SKILL.md, whose text is headed by the folder it lies in. */
  readonly skill: boolean;
  /** The file itself; for a prompt the one that its source is written down in. */
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
      /** What takes the place of what was typed, in order, as Claude Code sends it. */
      readonly parts: readonly PromptPart[];
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

/** The turn that a call is made in. */
export interface Where {
  /** The folder that Codex works in, absolute. */
  readonly cwd: string;
  readonly session: string;
  readonly effort?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Runs nothing: tells in each shell block's place what would run. */
  readonly dry?: boolean;
  /** Asked before a command runs that is known and trusted: why it must not. */
  readonly before?: ((command: Command) => Promise<string | undefined>) | undefined;
  /** What else than files a Markdown command's text may name: the text parts of it that go along. */
  readonly attach?: ((text: string) => Promise<readonly string[]>) | undefined;
}
