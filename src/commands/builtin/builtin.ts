/** Commands of our own: answered here, in an instant, and never sent up. */
import type { Catalog } from "../discover.ts";

/** What a built-in command is told of the turn it is called in. */
export interface BuiltinCall {
  readonly args: string;
  readonly thread: string;
  /** The id of the request it came with. */
  readonly request: string;
  readonly model: string;
  /** The folder that the client works in; undefined where it did not say. */
  readonly cwd: string | undefined;
  /** The commands there are in that folder. */
  catalog(): Promise<Catalog>;
}

export interface Builtin {
  readonly name: string;
  readonly hint?: string;
  readonly description: string;
  /** @returns Markdown to be shown */
  run(call: BuiltinCall): string | Promise<string>;
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
