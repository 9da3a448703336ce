/** Command hooks: a program that reads the event as JSON and answers by exit code and output. */
import { type Ended, runToEnd } from "../../lib/spawn.ts";
import type { Handler, HookEvent, HookInput } from "../hook.ts";
import type { Ending } from "../output.ts";

/** What every command of a run is given. */
export interface Surroundings {
  /** The folder that the client started in. */
  readonly project: string;
  /** The environment without what is added for hooks. */
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** More output than this says nothing more; it is read, and dropped. */
const MOST_OUTPUT = 1024 * 1024;

/** Runs a command hook to its end. Never throws. */
export async function runCommand(
  handler: Handler,
  event: HookEvent,
  input: HookInput,
  { project, env, timeoutMs, signal }: Surroundings,
): Promise<Ending & { readonly timedOut: boolean }> {
  const { args, shell } = handler.options;
  const ended = await runToEnd({
    ...(args === undefined
      ? inShell(handler.name, shell)
      : { command: fill(handler.name, project), args: args.map((one) => fill(one, project)) }),
    cwd: input.cwd,
    env: { ...env, ...variables(event, input, project) },
    input: JSON.stringify({ ...input, hook_event_name: event }),
    timeoutMs,
    maxBytes: MOST_OUTPUT,
    signal,
    leaveBackground: true,
  });
  const { code, stdout, stderr } = ended;
  return { code, stdout, stderr, failure: failureOf(ended, timeoutMs), timedOut: ended.killed === "timeout" };
}

/** `sh -c`, as Claude Code does; `$0` is then the shell's own name. */
function inShell(command: string, shell: string | undefined): { command: string; args: readonly string[] } {
  if (shell === "powershell") return { command: "pwsh", args: ["-NoProfile", "-NonInteractive", "-Command", command] };
  return { command: shell === "bash" ? "bash" : "/bin/sh", args: ["-c", command] };
}

/** Placeholders, which exec form has in the place of a shell's variables. */
function fill(text: string, project: string): string {
  return text.replaceAll(/\$\{CLAUDE_PROJECT_DIR\}/g, project);
}

/** The variables that Claude Code sets for hooks, and ours beside them. */
function variables(event: HookEvent, input: HookInput, project: string): NodeJS.ProcessEnv {
  return {
    CLAUDECODE: "1",
    CLAUDE_CODE_ENTRYPOINT: "codex-plus",
    CLAUDE_CODE_SESSION_ID: input.session_id,
    CLAUDE_PID: String(process.pid),
    CLAUDE_PROJECT_DIR: project,
    CODEX_PLUS_HOOK_EVENT: event,
    ...(input.effort === undefined ? {} : { CLAUDE_EFFORT: input.effort.level }),
  };
}

function failureOf({ killed, failure, code }: Ended, timeoutMs: number): string | undefined {
  if (killed === "timeout") return `it was ended after ${timeoutMs / 1000} s`;
  if (killed === "abort") return "it was ended: the client has gone";
  if (failure !== undefined) return `it could not be started: ${failure}`;
  return code === undefined ? "it was ended by a signal" : undefined;
}
