/** `/sessions [query]`: earlier conversations, or what was said in them. */
import { count, moment } from "../../lib/amounts.ts";
import type { Builtin, BuiltinCall } from "./builtin.ts";

/** A conversation that is kept. */
export interface Talk {
  readonly id: string;
  readonly title?: string | undefined;
  /** What was typed first. */
  readonly prompt: string;
  /** ms since 1970 */
  readonly used: number;
  readonly cwd?: string | undefined;
  readonly turns: number;
}

export interface Found {
  readonly thread: Talk;
  readonly hits: readonly {
    readonly role: string;
    readonly tool?: string | undefined;
    /** What was looked for stands between U+0001 and U+0002. */
    readonly snippet: string;
  }[];
}

/** What is kept of conversations, as far as it is wanted here. */
export interface Library {
  /** Newest first. @param filter its `cwd` is the folder, or one above it */
  list(filter: { readonly cwd?: string; readonly limit: number }): Promise<readonly Talk[]>;
  /**
   * Best first.
   * @param filter its `here` is what `cwd:.` in the query means
   * @throws Error for a query without meaning, its message to be shown
   */
  search(
    query: string,
    filter: { readonly here: string | undefined; readonly limit: number },
  ): Promise<readonly Found[]>;
}

/** Of this folder, and of all others. */
const SHOWN = 10;
/** Among so many of the newest those elsewhere are looked for. */
const LOOKED_AT = 500;
/** Hits in all, and of one conversation. */
const HITS = 30;
const HITS_EACH = 3;

/** @param recording whether what is said now is kept */
export function sessions(library: Library, recording: boolean): Builtin {
  return {
    name: "sessions",
    hint: "[query]",
    description: "earlier conversations, or what was said in them",
    async run(call) {
      const off = recording ? "" : `${OFF}\n\n`;
      try {
        return off + (await (call.args.trim() === "" ? newest(library, call) : found(library, call)));
      } catch (error) {
        return `${off}Not found out: ${(error as Error).message}`;
      }
    },
  };
}

export const OFF = "Recording is off: nothing of what is said now is kept (`sessions.record` in `config.json`).";
const HOW =
  "In a shell: `codex-plus sessions show ID` reads one, `codex-plus sessions resume ID` goes on with it. `//sessions WORDS` finds what was said.";

async function newest(library: Library, { cwd, thread }: BuiltinCall): Promise<string> {
  const others = (talks: readonly Talk[]): readonly Talk[] => talks.filter(({ id }) => id !== thread);
  const here = cwd === undefined ? [] : others(await library.list({ cwd, limit: SHOWN + 1 })).slice(0, SHOWN);
  const ids = new Set(here.map(({ id }) => id));
  const all = others(await library.list({ limit: LOOKED_AT }));
  const elsewhere = all.filter(({ id, cwd: at }) => !ids.has(id) && !isIn(at, cwd)).slice(0, SHOWN);
  if (here.length + elsewhere.length === 0) return "No other conversations yet.";
  const parts = [
    ...(here.length === 0 ? [] : [`**In this folder**\n\n${here.map((talk) => line(talk)).join("\n")}`]),
    ...(elsewhere.length === 0
      ? []
      : [
          `**${here.length === 0 ? "All" : "Elsewhere"}**\n\n${elsewhere.map((talk) => line(talk, talk.cwd)).join("\n")}`,
        ]),
  ];
  return [...parts, HOW].join("\n\n");
}

async function found(library: Library, { args, cwd, thread }: BuiltinCall): Promise<string> {
  const talks = (await library.search(args, { here: cwd, limit: HITS })).filter(({ thread: { id } }) => id !== thread);
  if (talks.length === 0) return `Nothing found for ${code(args)}.`;
  const parts = talks.slice(0, SHOWN).map(({ thread: talk, hits }) => {
    const said = hits
      .slice(0, HITS_EACH)
      .map(({ role, tool, snippet }) => `  - ${who(role, tool)}: ${marked(snippet)}`);
    return [line(talk, talk.cwd), ...said].join("\n");
  });
  return [`**Found for** ${code(args)}`, ...parts, HOW].join("\n\n");
}

function isIn(folder: string | undefined, cwd: string | undefined): boolean {
  return folder !== undefined && cwd !== undefined && (folder === cwd || folder.startsWith(`${cwd}/`));
}

function line({ id, title, prompt, used, turns }: Talk, folder?: string): string {
  const name = inline(title || prompt || "(nothing typed)");
  const where = folder === undefined ? "" : `, ${code(folder)}`;
  return `- **${name}** · ${moment(used)}, ${count(turns, "turn")}${where} · \`${shortId(id)}\``;
}

/** A UUID of version 7 begins with its time, to the millisecond. */
const shortId = (id: string): string => id.slice(0, 13);

function who(role: string, tool: string | undefined): string {
  if (role === "user") return "you";
  return role === "assistant" ? "Codex" : role === "tool" ? code(tool ?? "tool") : "thought";
}

function marked(snippet: string): string {
  return inline(snippet).replaceAll("\u0001", "**").replaceAll("\u0002", "**");
}

/** A text in one line, none of it Markdown. */
function inline(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .trim()
    .replaceAll(/[\\`*_[\]<>#|~&]/g, "\\$&");
}

function code(text: string): string {
  return `\`${text.replaceAll(/\s+/g, " ").replaceAll("`", "'").trim()}\``;
}
