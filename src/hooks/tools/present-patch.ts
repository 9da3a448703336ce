/** A patch as Claude Code's file tools: a new file is a Write, a changed one an Edit, a removed or moved one a shell's. */
import { isAbsolute, relative, resolve } from "node:path";
import { shellWord } from "../../lib/shell-word.ts";
import { type FileChange, type Patch, type UpdatedFile, withTexts, writePatch } from "./patch.ts";
import type { Presented } from "./presented.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A call that hooks are told of, and which change of the patch it came from. */
interface Part {
  readonly call: Presented;
  readonly of: number;
  readonly apply: (change: FileChange, input: Fields) => FileChange | undefined;
}

export interface PatchPresentation {
  readonly calls: readonly Presented[];
  /** The patch with these in the places of `calls`; undefined where one of them cannot be told as a patch. */
  rewrite(inputs: readonly Fields[]): string | undefined;
}

/** @param cwd the folder that the patch's paths count from */
export function presentPatch(patch: Patch, cwd: string): PatchPresentation {
  const { changes } = patch;
  const parts = changes.flatMap((change, of) => partsOf(change, of, cwd));
  return {
    calls: parts.map(({ call }) => call),
    rewrite: (inputs) => {
      const changed: FileChange[] = [...changes];
      for (const [index, { of, apply }] of parts.entries()) {
        const now = apply(changed[of] as FileChange, inputs[index] ?? {});
        if (now === undefined) return undefined;
        changed[of] = now;
      }
      return writePatch({ ...patch, changes: changed });
    },
  };
}

function partsOf(change: FileChange, of: number, cwd: string): readonly Part[] {
  const file_path = resolve(cwd, change.path);
  if (change.kind === "add") {
    const call = { tool: "Write", input: { file_path, content: change.content } };
    return [
      { call, of, apply: (now, input) => (now.kind === "add" ? written(now, input, file_path, cwd) : undefined) },
    ];
  }
  if (change.kind === "delete")
    return [{ call: shell(`rm ${shellWord(change.path)}`), of, apply: same(`rm ${shellWord(change.path)}`) }];
  const input = { file_path, old_string: change.before, new_string: change.after, replace_all: false };
  const edit: Part = {
    call: { tool: "Edit", input },
    of,
    apply: (now, input) => (now.kind === "update" ? edited(now, input, file_path, cwd) : undefined),
  };
  if (change.movedTo === undefined) return [edit];
  const move = `mv ${shellWord(change.path)} ${shellWord(change.movedTo)}`;
  const parts: Part[] = [{ call: shell(move), of, apply: same(move) }];
  return change.lines.length === 0 ? parts : [edit, ...parts];
}

function shell(command: string): Presented {
  return { tool: "Bash", input: { command } };
}

/** A removal cannot be told as anything else in a patch. */
function same(command: string): Part["apply"] {
  return (change, input) => (input.command === command ? change : undefined);
}

function written(
  change: FileChange & { kind: "add" },
  input: Fields,
  asked: string,
  cwd: string,
): FileChange | undefined {
  if (typeof input.content !== "string") return undefined;
  return { ...change, path: pathIn(input.file_path, asked, change.path, cwd), content: input.content };
}

function edited(change: UpdatedFile, input: Fields, asked: string, cwd: string): FileChange | undefined {
  const { old_string: before, new_string: after } = input;
  if (typeof before !== "string" || typeof after !== "string") return undefined;
  const changed = withTexts(change, before, after);
  return changed && { ...changed, path: pathIn(input.file_path, asked, change.path, cwd) };
}

/** As the patch wrote it where it was not changed: patches name files relative to their folder. */
function pathIn(path: unknown, asked: string, written: string, cwd: string): string {
  if (typeof path !== "string" || path === asked) return written;
  return isAbsolute(path) && !isAbsolute(written) ? relative(cwd, path) : path;
}
