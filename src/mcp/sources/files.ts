/** JSON files as they are now: read again only where they have changed, so that asking costs a look at each. */
import { readFileSync, statSync } from "node:fs";
import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { isObject } from "../../lib/is-object.ts";

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
/** The state of Claude Code can be megabytes. */
const MOST_BYTES = 64 * 1024 ** 2;

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
  try {
    // A project may have a link in its place to what has no end, or to what waits for somebody who writes.
    const stat = statSync(path);
    if (!stat.isFile()) return { wrong: "it is no file" };
    if (stat.size > MOST_BYTES) return { wrong: `it is larger than ${MOST_BYTES / 1024 ** 2} MiB` };
    return parseJson(readFileSync(path, "utf8"));
  } catch (error) {
    return { wrong: `it cannot be read: ${(error as NodeJS.ErrnoException).code}` };
  }
}

/** JSON, with comments and trailing commas where somebody has put them. An empty file is an empty object. */
export function parseJson(text: string): JsonFile {
  const json = text.replace(/^\uFEFF/, "");
  try {
    // Much the faster of the two.
    return { value: JSON.parse(json) };
  } catch {
    return parseLoose(json);
  }
}

function parseLoose(json: string): JsonFile {
  const errors: ParseError[] = [];
  try {
    const root = parseTree(json, errors, { allowTrailingComma: true, allowEmptyContent: true });
    const [broken] = errors;
    if (broken === undefined) return { value: root === undefined ? {} : plainValue(root) };
    const line = json.slice(0, broken.offset).split("\n").length;
    const what = printParseErrorCode(broken.error).replace(/(?<=[a-z])(?=[A-Z])/g, " ");
    return { wrong: `line ${line} is not JSON: ${what.toLowerCase()}` };
  } catch (error) {
    if (error instanceof RangeError) return { wrong: "it is nested too deeply" };
    throw error;
  }
}

/** As JSON.parse makes it: the library's own `parse` has `__proto__` hide what stands under it from who looks for its keys. */
function plainValue({ type, value, children = [] }: Node): unknown {
  if (type === "array") return children.map(plainValue);
  if (type !== "object") return value;
  return Object.fromEntries(
    children.map(({ children: [key, inner] = [] }) => [
      key?.value,
      inner === undefined ? undefined : plainValue(inner),
    ]),
  );
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
