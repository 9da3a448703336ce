/**
 * Codex's patches (`*** Begin Patch` …) as changes of single files, and back. Format: the apply_patch tool's own grammar;
 * a hunk's lines begin with a space, `-` or `+`.
 */

export type FileChange =
  | { readonly kind: "add"; readonly path: string; readonly content: string }
  | { readonly kind: "delete"; readonly path: string }
  | {
      readonly kind: "update";
      readonly path: string;
      readonly movedTo: string | undefined;
      readonly before: string;
      readonly after: string;
      /** The hunks as they stand in the patch. */
      readonly lines: readonly string[];
    };

const HEAD = /^\*\*\* (Add|Update|Delete) File: (.+)$/;
const MOVE = /^\*\*\* Move to: (.+)$/;
const BEGIN = "*** Begin Patch";
const END = "*** End Patch";

/** The changes in order; undefined for what is no patch. */
export function readPatch(text: string): readonly FileChange[] | undefined {
  const lines = text.trim().split("\n");
  const begin = lines.findIndex((line) => line.trimEnd() === BEGIN);
  if (begin < 0) return undefined;
  const changes: FileChange[] = [];
  let index = begin + 1;
  while (index < lines.length) {
    const line = (lines[index] ?? "").trimEnd();
    if (line === END) break;
    const [, kind, path] = HEAD.exec(line) ?? [];
    if (kind === undefined || path === undefined) return undefined;
    const start = index + 1;
    index = start;
    while (index < lines.length && !HEAD.test(lines[index] ?? "") && (lines[index] ?? "").trimEnd() !== END) index += 1;
    changes.push(changeOf(kind, path, lines.slice(start, index)));
  }
  return changes.length === 0 ? undefined : changes;
}

function changeOf(kind: string, path: string, body: readonly string[]): FileChange {
  if (kind === "Delete") return { kind: "delete", path };
  if (kind === "Add") {
    const content = body.map((line) => line.replace(/^\+/, "")).join("\n");
    return { kind: "add", path, content: body.length === 0 ? "" : `${content}\n` };
  }
  const movedTo = MOVE.exec((body[0] ?? "").trimEnd())?.[1];
  const lines = movedTo === undefined ? body : body.slice(1);
  const said = lines.filter((line) => !line.startsWith("@@") && !line.startsWith("*** End of File"));
  const side = (mark: string): string =>
    said
      .filter((line) => !line.startsWith(mark))
      .map((line) => line.slice(1))
      .join("\n");
  return { kind: "update", path, movedTo, before: side("+"), after: side("-"), lines };
}

/** A patch that makes these changes. */
export function writePatch(changes: readonly FileChange[]): string {
  return [BEGIN, ...changes.flatMap(linesOf), END].join("\n");
}

function linesOf(change: FileChange): readonly string[] {
  if (change.kind === "delete") return [`*** Delete File: ${change.path}`];
  if (change.kind === "add") {
    const content = change.content.replace(/\n$/, "");
    return [
      `*** Add File: ${change.path}`,
      ...(change.content === "" ? [] : content.split("\n").map((line) => `+${line}`)),
    ];
  }
  const move = change.movedTo === undefined ? [] : [`*** Move to: ${change.movedTo}`];
  return [`*** Update File: ${change.path}`, ...move, ...change.lines];
}

/** The same change of a file with other text in the place of what it takes away and puts in. */
export function withTexts(change: FileChange & { kind: "update" }, before: string, after: string): FileChange {
  if (before === change.before && after === change.after) return change;
  const marked = (text: string, mark: string): string[] => text.split("\n").map((line) => `${mark}${line}`);
  return { ...change, before, after, lines: ["@@", ...marked(before, "-"), ...marked(after, "+")] };
}
