/**
 * How Codex is told to run our program for its hook events. A person approves each of them once, in `/hooks` of Codex,
 * which remembers a fingerprint: the command line and its time limit must therefore be the same in all versions.
 */
import { createHash } from "node:crypto";

/** Events of Codex that the wire does not tell, with the seconds Codex waits (it cuts SessionEnd at 3 by itself). */
const TIMES = {
  PreToolUse: 3600,
  PermissionRequest: 3600,
  PostToolUse: 3600,
  SubagentStart: 3600,
  SubagentStop: 3600,
  SessionEnd: 3,
} as const;
export type NativeEvent = keyof typeof TIMES;
export const NATIVE_EVENTS = Object.keys(TIMES) as readonly NativeEvent[];

/** What Codex gives hooks from `-c` as their file. */
export const FROM_FLAGS = "/<session-flags>/config.toml";

/** The program as Codex's shell is to start it. @param program its absolute path */
export function commandLine(program: string, platform: NodeJS.Platform = process.platform): string {
  if (/^[\w/.@%+-]+$/.test(program)) return program;
  return platform === "win32" ? `"${program}"` : `'${program.replaceAll("'", `'\\''`)}'`;
}

/** The arguments by which a single run of Codex is told. */
export function overrides(program: string): string[] {
  return NATIVE_EVENTS.flatMap((event) => ["-c", `hooks.${event}=[${groupOf(event, program)}]`]);
}

/** The lines that tell it for good, for the end of its config.toml. */
export function tables(program: string): string {
  return NATIVE_EVENTS.map((event) => `[[hooks.${event}]]\nhooks = [${handlerOf(event, program)}]\n`).join("");
}

function groupOf(event: NativeEvent, program: string): string {
  return `{hooks=[${handlerOf(event, program)}]}`;
}

function handlerOf(event: NativeEvent, program: string): string {
  // JSON's strings are TOML's too.
  return `{type="command",command=${JSON.stringify(commandLine(program))},timeout=${TIMES[event]}}`;
}

/** `PreToolUse` as Codex's keys have it: `pre_tool_use`. */
export function labelOf(event: NativeEvent): string {
  return event.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();
}

/**
 * Codex's fingerprint of our handler, by which it knows an approval (0.169: SHA-256 over the handler as JSON, keys in
 * order). It is only looked at to tell a person how things stand; approving is theirs.
 */
export function fingerprintOf(event: NativeEvent, program: string): string {
  const handler = { async: false, command: commandLine(program), timeout: TIMES[event], type: "command" };
  const identity = JSON.stringify({ event_name: labelOf(event), hooks: [handler] });
  return `sha256:${createHash("sha256").update(identity).digest("hex")}`;
}
