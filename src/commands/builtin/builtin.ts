/** Commands of our own: answered here, in an instant, and never sent up. */
import type { Catalog } from "../discover.ts";

/** What a built-in command is told of the turn it is called in. */
export interface BuiltinCall {
  readonly args: string;
  readonly thread: string;
  readonly model: string;
  /** The folder that the client works in; undefined where it did not say. */
  readonly cwd: string | undefined;
  /** The commands there are in that folder. */
  catalog(): Promise<Catalog>;
  /** The conversation so far as the model knows it; undefined where this request carries only its newest part. */
  conversation(): readonly unknown[] | undefined;
}

/** Markdown to be shown; or "whole": ask again with the whole conversation. */
export type BuiltinAnswer = string | "whole";

export interface Builtin {
  readonly name: string;
  readonly hint?: string;
  readonly description: string;
  run(call: BuiltinCall): BuiltinAnswer | Promise<BuiltinAnswer>;
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
