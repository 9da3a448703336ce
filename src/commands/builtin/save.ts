/** `/save [file] [--format json|md|html]`: this conversation as a file. No file of somebody else's is written over. */
import { realpath } from "node:fs/promises";
import { basename, dirname, extname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { count, size } from "../../lib/amounts.ts";
import { allWords } from "../words.ts";
import type { Builtin } from "./builtin.ts";
import { OFF } from "./sessions.ts";

const FORMATS = ["json", "md", "html"] as const;
export type Format = (typeof FORMATS)[number];

/** What is to be written: the conversation up to the request that asks for it. */
export interface Wish {
  readonly thread: string;
  readonly request: string;
  readonly format: Format;
  /** A file that must not be there yet; undefined: the session's own in our home, written anew. */
  readonly file: string | undefined;
}

/**
 * What became of it. taken: the file is there already; unknown: nothing of the conversation is recorded;
 * empty: nothing was said before.
 */
export type Saved =
  | { readonly what: "saved"; readonly file: string; readonly bytes: number; readonly turns: number }
  | { readonly what: "taken"; readonly file: string }
  | { readonly what: "unknown" | "empty" };

/**
 * @param write waits for all that was said so far to be recorded, and writes it; throws what is to be shown. Undefined where
 *   recording is off
 */
export function save(write: ((wish: Wish) => Promise<Saved>) | undefined): Builtin {
  return {
    name: "save",
    hint: "[file] [--format json|md|html]",
    description: "this conversation as a file",
    async run({ args, thread, request, cwd }) {
      if (write === undefined) return `Not saved. ${OFF}`;
      const asked = readArguments(args);
      if (typeof asked === "string") return asked;
      const format = asked.format ?? formatOf(asked.file) ?? "json";
      const place = asked.file === undefined ? { file: undefined } : await placeFor(asked.file, format, cwd);
      if ("refused" in place) return place.refused;
      try {
        return told(await write({ thread, request, format, file: place.file }));
      } catch (error) {
        return `Not saved: ${(error as Error).message}`;
      }
    },
  };
}

function told(saved: Saved): string {
  if (saved.what === "saved")
    return `Saved as \`${saved.file}\` (${count(saved.turns, "turn")}, ${size(saved.bytes)}).`;
  if (saved.what === "taken") return `Not saved: \`${saved.file}\` is there already. Give another name.`;
  if (saved.what === "empty") return "Not saved: nothing was said yet.";
  return "Not saved: nothing of this conversation is recorded. `//status` tells how the recorder fares.";
}

interface Asked {
  readonly file: string | undefined;
  readonly format: Format | undefined;
}

/** What was asked for, or what is wrong with it. */
function readArguments(args: string): Asked | string {
  let file: string | undefined;
  let format: string | undefined;
  const rest = allWords(args);
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--format") format = rest.shift() ?? "";
    else if (word.startsWith("--format=")) format = word.slice("--format=".length);
    else if (word.startsWith("-"))
      return `Not saved: /save does not know \`${word}\`. It takes a file name and --format.`;
    else if (file === undefined) file = word;
    else return `Not saved: /save takes one file name, got \`${file}\` and \`${word}\`. Quote a name with spaces.`;
  }
  if (format === undefined) return { file, format };
  const known = FORMATS.find((each) => each === format);
  return known === undefined
    ? `Not saved: --format is one of ${FORMATS.join(", ")}, got \`${format}\`.`
    : { file, format: known };
}

function formatOf(file: string | undefined): Format | undefined {
  const ending = file === undefined ? "" : extname(file).slice(1);
  return FORMATS.find((format) => format === (ending === "markdown" ? "md" : ending));
}

/** A place inside the folder that the client works in, links resolved. */
async function placeFor(
  named: string,
  format: Format,
  cwd: string | undefined,
): Promise<{ readonly file: string } | { readonly refused: string }> {
  if (cwd === undefined)
    return { refused: "Not saved: this client does not say in which folder it works. Use /save without a name." };
  const root = await realpath(cwd).catch(() => cwd);
  const file = resolve(root, extname(named) === "" ? `${named}.${format}` : named);
  const folder = await nearestReal(dirname(file));
  const inside = relative(root, join(folder, basename(file)));
  if (inside.startsWith(`..${sep}`) || inside === ".." || isAbsolute(inside)) {
    return { refused: `Not saved: \`${named}\` lies outside \`${root}\`. Give a name inside it, or none at all.` };
  }
  return { file };
}

/** The real path of the folder, or of the nearest one above it that exists, with the rest behind it. */
async function nearestReal(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch {
    const above = dirname(folder);
    return above === folder ? folder : join(await nearestReal(above), basename(folder));
  }
}
