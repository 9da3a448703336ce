/**
 * Codex's patches (`*** Begin Patch` …) as changes of single files, and back. Read as leniently as Codex (0.169) reads
 * them, so that nothing is done by a patch that is not seen in it: white space around markers, line ends of either kind,
 * blank lines between hunks, the whole in a heredoc.
 */

export type FileChange =
  | { readonly kind: "add"; readonly path: string; readonly content: string }
  | { readonly kind: "delete"; readonly path: string }
  | UpdatedFile;

export interface UpdatedFile {
  readonly kind: "update";
  readonly path: string;
  readonly movedTo: string | undefined;
  /** What its hunks take away and put in, with the lines around it; hunks follow on each other. */
  readonly before: string;
  readonly after: string;
  /** The hunks as they stand in the patch. */
  readonly lines: readonly string[];
}

export interface Patch {
  /** What stands before the first change: the environment that the patch is meant for. */
  readonly preamble: readonly string[];
  /** In order. */
  readonly changes: readonly FileChange[];
}

const BEGIN = "*** Begin Patch";
const END = "*** End Patch";
const HEAD = /^\*\*\* (Add|Update|Delete) File: (.+)$/;
const MOVE = /^\*\*\* Move to: (.+)$/;
const ENVIRONMENT = /^\*\*\* Environment ID:/;
const END_OF_FILE = /^\*\*\* End of File\s*$/;
const HUNK = /^@@/;
const HEREDOC = /^<<(['"]?)EOF\1$/;

/** Undefined for what Codex would not take for a patch either. */
export function readPatch(text: string): Patch | undefined {
  let lines = text.trim().split(/\r?\n/);
  if (HEREDOC.test(lines[0] ?? "") && lines.at(-1)?.endsWith("EOF")) lines = lines.slice(1, -1);
  if (lines[0]?.trim() !== BEGIN || lines.at(-1)?.trim() !== END || lines.length < 3) return undefined;
  const body = lines.slice(1, -1);
  const preamble = ENVIRONMENT.test(body[0]?.trim() ?? "") ? body.splice(0, 1) : [];
  const changes: FileChange[] = [];
  while (body.length > 0) {
    const [, kind, path] = HEAD.exec(body.shift()?.trim() ?? "") ?? [];
    const change = path === undefined ? undefined : CHANGES[kind ?? ""]?.(path, body);
    if (change === undefined) return undefined;
    changes.push(change);
  }
  return { preamble, changes };
}

/** Each takes its own lines off the rest of the patch. */
const CHANGES: Readonly<Record<string, (path: string, rest: string[]) => FileChange | undefined>> = {
  Add: (path, rest) => {
    const lines = taken(rest, (line) => line.startsWith("+"));
    return { kind: "add", path, content: lines.map((line) => `${line.slice(1)}\n`).join("") };
  },
  Delete: (path) => ({ kind: "delete", path }),
  Update: (path, rest) => {
    const movedTo = MOVE.exec(rest[0] ?? "")?.[1];
    if (movedTo !== undefined) rest.shift();
    const lines = taken(rest, (line) => !line.startsWith("*") || END_OF_FILE.test(line));
    if (lines.every((line) => line.trim() === "") && movedTo === undefined) return undefined;
    return { kind: "update", path, movedTo, before: side(lines, "+"), after: side(lines, "-"), lines };
  },
};

function taken(rest: string[], belongs: (line: string) => boolean): string[] {
  const end = rest.findIndex((line) => !belongs(line));
  return rest.splice(0, end < 0 ? rest.length : end);
}

/** The text of the lines but for those with this mark. */
function side(lines: readonly string[], other: string): string {
  return lines
    .filter((line) => !HUNK.test(line) && !END_OF_FILE.test(line) && !line.startsWith(other))
    .map((line) => line.slice(1))
    .join("\n");
}

/** A patch that makes these changes. */
export function writePatch({ preamble, changes }: Patch): string {
  return [BEGIN, ...preamble, ...changes.flatMap(linesOf), END].join("\n");
}

function linesOf(change: FileChange): readonly string[] {
  if (change.kind === "delete") return [`*** Delete File: ${change.path}`];
  if (change.kind === "add") {
    const { path, content } = change;
    const lines = content === "" ? [] : content.replace(/\n$/, "").split("\n");
    return [`*** Add File: ${path}`, ...lines.map((line) => `+${line}`)];
  }
  const move = change.movedTo === undefined ? [] : [`*** Move to: ${change.movedTo}`];
  return [`*** Update File: ${change.path}`, ...move, ...change.lines];
}

/**
 * The same change of a file with other text in the place of what it takes away and puts in; undefined where the change has
 * several hunks, as it cannot be told which of them means what.
 */
export function withTexts(change: UpdatedFile, before: string, after: string): UpdatedFile | undefined {
  if (before === change.before && after === change.after) return change;
  const [head, ...more] = change.lines.filter((line) => HUNK.test(line));
  if (more.length > 0 || (head !== undefined && change.lines.find((line) => line.trim() !== "") !== head))
    return undefined;
  const marked = (text: string, mark: string): string[] =>
    text === "" ? [] : text.split("\n").map((line) => `${mark}${line}`);
  const tail = change.lines.filter((line) => END_OF_FILE.test(line));
  return { ...change, before, after, lines: [head ?? "@@", ...marked(before, "-"), ...marked(after, "+"), ...tail] };
}
