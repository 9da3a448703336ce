/** What a person reads of hooks, in Claude Code's words where it has some. */
import { relative } from "node:path";
import type { HookSet } from "../../hooks/hook.ts";

export function stopped(reason: string): string {
  return reason === "" ? "Operation stopped by hook" : `Operation stopped by hook: ${reason}`;
}

/** That a project's hooks are not run, and how to change that; undefined where there are none. */
export function distrusted({ untrusted }: HookSet, project: string): string | undefined {
  if (untrusted.length === 0) return undefined;
  const files = untrusted.map(({ file, changed, handlers }) => {
    const events = [...new Set(handlers.map(({ event }) => event))].join(", ");
    return `- ${relative(project, file)}${changed ? ", which has changed since you trusted it" : ""} (${events})`;
  });
  return [
    "Hooks that come with this project were not run, as nobody has trusted them:",
    ...files,
    `Read them, and if you trust them: codex-plus trust ${quoted(project)}`,
  ].join("\n");
}

/** A path as one types it in a shell. */
function quoted(path: string): string {
  return /^[\w/.~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
