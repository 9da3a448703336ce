/** `/save [file] [--format md|json|html]`: this conversation as a file. Nothing that is there is ever written over. */
import { mkdir, realpath, writeFile } from "node:fs/promises";
import { basename, dirname, extname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { allWords } from "../words.ts";
import type { Builtin, BuiltinCall } from "./builtin.ts";
import { FORMATS, type Format, render } from "./transcript.ts";

/** @param exportsFolder where a file goes that was given no name */
export function save(exportsFolder: string, now: () => Date = () => new Date()): Builtin {
  return {
    name: "save",
    hint: "[file] [--format md|json|html]",
    description: "this conversation as a file",
    async run(call) {
      const asked = readArguments(call.args);
      if (typeof asked === "string") return asked;
      const items = call.conversation();
      if (items === undefined) return "whole";
      const format = asked.format ?? formatOf(asked.file) ?? "md";
      const place = await placeFor(asked.file, format, call, exportsFolder, now());
      if ("refused" in place) return place.refused;
      const text = render(items, format, { thread: call.thread, model: call.model, cwd: call.cwd, at: now() });
      try {
        await mkdir(dirname(place.file), { recursive: true, mode: 0o700 });
        await writeFile(place.file, text, { flag: "wx", mode: 0o600 });
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code === "EEXIST") return `Not saved: \`${place.file}\` is there already. Give another name.`;
        return `Not saved: \`${place.file}\` could not be written (${message}).`;
      }
      return `Saved as \`${place.file}\` (${Buffer.byteLength(text)} bytes).`;
    },
  };
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

/** Where it goes: the exports folder, or a place inside the folder that the client works in, links resolved. */
async function placeFor(
  named: string | undefined,
  format: Format,
  { cwd, thread }: BuiltinCall,
  exportsFolder: string,
  at: Date,
): Promise<{ readonly file: string } | { readonly refused: string }> {
  if (named === undefined) {
    const stamp = at.toISOString().slice(0, 19).replaceAll(":", "-");
    return { file: join(exportsFolder, `${stamp}-${thread.slice(0, 8) || "conversation"}.${format}`) };
  }
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
