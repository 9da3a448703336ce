/** Commands that are no files: what somebody else offers, an MCP server's prompts say. */
import type { Command, Result, Where } from "./command.ts";
import { readHead } from "./front-matter.ts";

export interface SourceCommand {
  readonly name: string;
  readonly description: string;
  /** In the order in which they are typed. */
  readonly arguments: readonly { readonly name: string; readonly required: boolean }[];
  /** What a person knows the source by: `MCP server memory`. */
  readonly place: string;
  /** Where the source is written down. */
  readonly file: string;
}

export interface CommandSource {
  /** Those that are known for a folder. Nothing is started for a list, and nothing waited for. */
  list(cwd: string): Promise<readonly SourceCommand[]>;
  /** The command of this name, or one that may turn out to be there when it is run; starts nothing. */
  find(name: string, cwd: string): Promise<SourceCommand | undefined>;
  /** Runs what `find` has found. What goes wrong is a refusal. @throws only where `where.signal` has aborted */
  run(name: string, words: readonly string[], where: Where): Promise<Result>;
}

const { matter: EMPTY } = readHead("");

/** As commands of files are listed. */
export function asCommand({ name, description, arguments: named, place, file }: SourceCommand): Command {
  const hint = named.map((one) => (one.required ? `<${one.name}>` : `[${one.name}]`)).join(" ");
  const matter = { ...EMPTY, ...(hint !== "" && { hint }) };
  return { name, kind: "prompt", skill: false, file, root: file, strayed: false, place, matter, description };
}

/**
 * The command with the longest name that a text begins with, and what is left of the text. For names with white space in
 * them, which a server may give: `/mcp__srv__greet me bob`.
 */
export function spaced(
  typed: string,
  commands: Iterable<Command>,
): { readonly command: Command; readonly args: string } | undefined {
  const [command] = [...commands]
    .filter(({ name }) => /\s/.test(name) && `${typed} `.startsWith(`${name} `))
    .toSorted((one, other) => other.name.length - one.name.length);
  return command && { command, args: typed.slice(command.name.length).trim() };
}
