/** Running an executable: JSON in, text or JSON out, a time limit, and its whole process group ended with it. */
import { access, constants } from "node:fs/promises";
import { extname } from "node:path";
import { runToEnd } from "../lib/spawn.ts";
import type { Result } from "./command.ts";
import type { CommandInput } from "./define.ts";
import { INTERPRETERS, isProgram } from "./discover.ts";
import { fromText, MAX_ANSWER } from "./output.ts";

export interface ExecutableRun {
  readonly file: string;
  readonly input: CommandInput;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Runs it once. Never throws. */
export async function runExecutable({ file, input, env, timeoutMs, signal }: ExecutableRun): Promise<Result> {
  const interpreter = INTERPRETERS[extname(file)];
  const direct = interpreter === undefined || (await isRunnable(file));
  const ended = await runToEnd({
    command: direct ? file : interpreter,
    args: direct ? [] : [file],
    cwd: input.cwd,
    env,
    input: `${JSON.stringify(input)}\n`,
    timeoutMs,
    maxBytes: MAX_ANSWER,
    signal,
  });
  const refused = (why: string): Result => ({ kind: "refused", text: `/${input.command}: ${file} ${why}` });
  if (ended.failure !== undefined) return refused(`did not start: ${ended.failure}`);
  if (ended.killed === "timeout") return refused(`was ended after ${timeoutMs / 1000} s`);
  if (ended.killed === "abort") return refused("was ended: the client has gone");
  if (ended.code === 0) return fromText(ended.stdout);
  const said = ended.stderr.trim() || ended.stdout.trim();
  const how = ended.code === undefined ? "was ended by a signal" : `ended with code ${ended.code}`;
  return refused(said === "" ? how : `${how}:\n${said}`);
}

/** A script without a run bit, or without its interpreter in the first line, is run by what its extension says. */
async function isRunnable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => isProgram(file),
    () => false,
  );
}
