/** JSON files as they are now: read again only where they have changed, so that asking costs a look at each. */
import { readFileSync, statSync } from "node:fs";
import { type ParseError, parse, printParseErrorCode } from "jsonc-parser";
import { isObject } from "./parse.ts";

/** What a file holds, or why it cannot be read. */
export type JsonFile = { readonly value: unknown } | { readonly wrong: string };
/** Undefined where there is no file. The value is the same object while the file stays as it is. */
export type ReadJson = (path: string) => JsonFile | undefined;

interface Kept {
  /** Inode, size and time of change: what differs when a file has been written anew. */
  readonly stamp: string;
  readonly file: JsonFile;
}

const MOST_KEPT = 512;

export function jsonFiles(): ReadJson {
  const kept = new Map<string, Kept>();
  return (path) => {
    const stamp = stampOf(path);
    if (stamp === undefined) {
      kept.delete(path);
      return undefined;
    }
    const before = kept.get(path);
    if (before?.stamp === stamp) return before.file;
    if (kept.size >= MOST_KEPT) kept.clear();
    const file = read(path);
    kept.set(path, { stamp, file });
    return file;
  };
}

function read(path: string): JsonFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return { wrong: `it cannot be read: ${(error as NodeJS.ErrnoException).code}` };
  }
  return parseJson(text);
}

/** JSON, with comments and trailing commas where somebody has put them. An empty file is an empty object. */
export function parseJson(text: string): JsonFile {
  const json = text.replace(/^\uFEFF/, "");
  try {
    // The state of Claude Code can be megabytes; this is much the faster of the two.
    return { value: JSON.parse(json) };
  } catch {
    const errors: ParseError[] = [];
    const value: unknown = parse(json, errors, { allowTrailingComma: true, allowEmptyContent: true });
    const [broken] = errors;
    if (broken === undefined) return { value: value ?? {} };
    const line = json.slice(0, broken.offset).split("\n").length;
    const what = printParseErrorCode(broken.error).replace(/(?<=[a-z])(?=[A-Z])/g, " ");
    return { wrong: `line ${line} is not JSON: ${what.toLowerCase()}` };
  }
}

/** What stands at a path; undefined where nothing does. */
export function valueAt(file: JsonFile | undefined, path: readonly string[]): unknown {
  if (file === undefined || "wrong" in file) return undefined;
  return path.reduce<unknown>((part, key) => {
    return isObject(part) && Object.hasOwn(part, key) ? part[key] : undefined;
  }, file.value);
}

function stampOf(path: string): string | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
    return stat === undefined ? undefined : `${stat.ino} ${stat.size} ${stat.mtimeNs}`;
  } catch (error) {
    // A file where a folder should be: there is nothing. A link to itself, for one: reading it tells of it.
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOTDIR" ? undefined : String(code);
  }
}
