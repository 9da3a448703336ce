/** Command hooks: a program that reads the event as JSON and answers by exit code and output. */
import { existsSync } from "node:fs";
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
  /** Of SessionStart: the file into which it may write variables for the session. */
  readonly variables?: string | undefined;
}

/** More output than this says nothing more; it is read, and dropped. */
const MOST_OUTPUT = 1024 * 1024;

/**
 * Runs a command hook to its end, or until its first line says that it goes on in the background:
 * `{"async":true}`. Never throws.
 */
export function runCommand(handler: Handler, event: HookEvent, input: HookInput, place: Surroundings): Promise<Ending> {
  const { project, env, timeoutMs, signal } = place;
  const { args, shell } = handler.options;
  // An agent may have removed the folder it works in; its hooks still have something to say about that.
  const cwd = existsSync(input.cwd) ? input.cwd : project;
  const ending = Promise.withResolvers<Ending>();
  const ended = runToEnd({
    ...(args === undefined
      ? inShell(handler.name, shell)
      : { command: fill(handler.name, project), args: args.map((one) => fill(one, project)) }),
    cwd,
    env: { ...env, ...variables(event, input, place) },
    input: JSON.stringify({ ...input, hook_event_name: event }),
    timeoutMs,
    maxBytes: MOST_OUTPUT,
    signal,
    leaveBackground: true,
    firstLine: (line) => {
      if (!leaves(line)) return;
      const later = ended.then((last) =>
        endingOf({ ...last, stdout: last.stdout.slice(line.length + 1) }, timeoutMs, cwd),
      );
      ending.resolve({ code: undefined, stdout: "", stderr: "", later });
    },
  });
  void ended.then((last) => ending.resolve(endingOf(last, timeoutMs, cwd)));
  return ending.promise;
}

/** `sh -c`, as Claude Code does, also where the settings say bash; `$0` is then the shell's own name. */
function inShell(command: string, shell: string | undefined): { command: string; args: readonly string[] } {
  if (shell === "powershell") return { command: "pwsh", args: ["-NoProfile", "-NonInteractive", "-Command", command] };
  return { command: "/bin/sh", args: ["-c", command] };
}

/** Placeholders, which exec form has in the place of a shell's variables. */
function fill(text: string, project: string): string {
  return text.replaceAll(/\$\{CLAUDE_PROJECT_DIR\}/g, () => project);
}

/** The variables that Claude Code sets for hooks, and ours beside them. */
function variables(event: HookEvent, input: HookInput, place: Surroundings): NodeJS.ProcessEnv {
  return {
    CLAUDECODE: "1",
    CLAUDE_CODE_ENTRYPOINT: "codex-plus",
    CLAUDE_CODE_SESSION_ID: input.session_id,
    CLAUDE_PID: String(process.pid),
    CLAUDE_PROJECT_DIR: place.project,
    CODEX_PLUS_HOOK_EVENT: event,
    ...(input.effort === undefined ? {} : { CLAUDE_EFFORT: input.effort.level }),
    ...(place.variables === undefined ? {} : { CLAUDE_ENV_FILE: place.variables }),
  };
}

function leaves(line: string): boolean {
  if (!line.trimStart().startsWith("{")) return false;
  try {
    const said: unknown = JSON.parse(line);
    return typeof said === "object" && said !== null && "async" in said && said.async === true;
  } catch {
    return false;
  }
}

function endingOf(ended: Ended, timeoutMs: number, cwd: string): Ending {
  const { code, stdout, stderr, killed } = ended;
  return { code, stdout, stderr, failure: failureOf(ended, timeoutMs, cwd), timedOut: killed === "timeout" };
}

function failureOf({ killed, failure, code }: Ended, timeoutMs: number, cwd: string): string | undefined {
  if (killed === "timeout") return `it was ended after ${timeoutMs / 1000} s`;
  if (killed === "abort") return "it was ended: nobody waits for it any more";
  if (failure !== undefined && !existsSync(cwd)) return `it could not be started: the folder ${cwd} is gone`;
  if (failure !== undefined) return `it could not be started: ${failure}`;
  return code === undefined ? "it was ended by a signal" : undefined;
}
