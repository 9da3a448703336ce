/** `@file` in a command's text: the file's content goes along, in the words Claude Code tells it in. */
import { open, readdir, realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isInside } from "../lib/inside.ts";

export interface AttachOptions {
  readonly cwd: string;
  readonly home: string;
  /** Folders whose files may be attached: the project, and what the settings add. */
  readonly inside: readonly string[];
  /** A file larger than this is left out, in bytes. */
  readonly maxBytes: number;
}

export interface Attachments {
  /** Text parts that stand before the prompt. */
  readonly parts: readonly string[];
  /** What was named and left out, and why; a name without a file is no reference and not told. */
  readonly left: readonly { readonly name: string; readonly why: string }[];
}

/** Reads all files that a text names. */
export async function attach(text: string, options: AttachOptions): Promise<Attachments> {
  const parts: string[] = [];
  const left: { name: string; why: string }[] = [];
  const roots = await Promise.all(options.inside.map((folder) => realpath(folder).catch(() => folder)));
  for (const name of mentions(text)) {
    const read = await readOne(name, options, roots);
    if (typeof read === "string") left.push({ name, why: read });
    else if (read !== undefined) parts.push(...read);
  }
  return { parts: parts.map((part, at) => (at === 0 || at === parts.length - 1 ? part : `${part}\n`)), left };
}

/** Names behind an `@` that begins a word: quoted ones first, then plain ones without the punctuation that follows. */
export function mentions(text: string): string[] {
  const quoted = [...text.matchAll(/(?:^|\s)@"([^"\n]+)"/g)].map((match) => match[1] ?? "");
  const plain = [...text.matchAll(/(?:^|\s)@(?!")(\S*[\p{L}\p{N}_])/gu)].map((match) => match[1] ?? "");
  return [...new Set([...quoted, ...plain])];
}

/** The parts of one file or folder; undefined: there is none; text: why it is left out. */
async function readOne(
  name: string,
  options: AttachOptions,
  roots: readonly string[],
): Promise<string[] | string | undefined> {
  const [, path = name, from, to] = /^([^#]+)(?:#L(\d+)(?:-(\d+))?|#.*)?$/.exec(name) ?? [];
  const asked = resolve(options.cwd, path.replace(/^~(?=\/)/, options.home));
  const real = await realpath(asked).catch(() => undefined);
  if (real === undefined) return undefined;
  if (!roots.some((root) => isInside(real, root))) return "it lies outside the project (setting commands.attachFrom)";
  const info = await stat(real).catch(() => undefined);
  if (info?.isDirectory()) {
    const names = await readdir(real).catch(() => undefined);
    if (names === undefined) return "it cannot be read";
    return [
      reminder(
        `Called the Bash tool with the following input: ${JSON.stringify({ command: `ls ${asked}`, description: `Lists files in ${asked}` })}`,
      ),
      reminder(`Result of calling the Bash tool:\n${names.toSorted().slice(0, 1000).join("\n")}`),
    ];
  }
  if (!info?.isFile()) return "it is no regular file";
  if (NO_TEXT.test(real)) return "it is no text";
  if (info.size > options.maxBytes) return `it is larger than ${options.maxBytes} bytes (setting commands.attachBytes)`;
  const text = await readText(real, options.maxBytes);
  if (text === undefined) return "it is no text, or cannot be read";
  return [
    reminder(`Called the Read tool with the following input: ${JSON.stringify({ file_path: asked })}`),
    reminder(`Result of calling the Read tool:\n${numbered(text, from, to)}`),
  ];
}

/** Left alone even where its bytes would pass as text. */
const NO_TEXT = /\.(?:png|jpe?g|gif|webp|bmp|ico|pdf)$/i;

/** At most so many bytes, even when the file has grown since it was measured. */
async function readText(path: string, maxBytes: number): Promise<string | undefined> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(maxBytes + 1), 0, maxBytes + 1, 0);
    const bytes = buffer.subarray(0, bytesRead);
    if (bytesRead > maxBytes || bytes.includes(0)) return undefined;
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

function numbered(text: string, from: string | undefined, to: string | undefined): string {
  if (text === "") return "<system-reminder>Warning: the file exists but the contents are empty.</system-reminder>";
  const lines = text.split(/\r?\n/);
  const first = Math.max(1, Number(from ?? 1));
  const last = from === undefined ? lines.length : Number(to ?? from);
  if (first > lines.length) {
    return `<system-reminder>Warning: the file exists but is shorter than the provided offset (${first}). The file has ${lines.length} lines.</system-reminder>`;
  }
  return lines
    .slice(first - 1, last)
    .map((line, index) => `${first + index}\t${line}`)
    .join("\n");
}

function reminder(text: string): string {
  return `<system-reminder>\n${text}\n</system-reminder>`;
}
