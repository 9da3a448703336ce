/** Running a program as if it were this one. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { normalizeSpawnCommand } from "tinyexec";

/** What a terminal sends to every process in the foreground by itself; passing it on would make one press two. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ["SIGINT", "SIGQUIT"];

/**
 * Runs it on this terminal, passing signals on until it ends.
 * @returns its exit code, 128+n when signal n ended it
 * @throws the system's error when it does not start
 */
export function runChild(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd?: string,
): Promise<number> {
  const start = normalizeSpawnCommand(command, args, { stdio: "inherit", env, ...(cwd !== undefined && { cwd }) });
  const child = spawn(start.command, start.args, start.options);
  const forward = (signal: NodeJS.Signals) => {
    if (!(process.stdin.isTTY && FROM_TERMINAL.includes(signal))) child.kill(signal);
  };
  const signals: NodeJS.Signals[] = [...FROM_TERMINAL, "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, forward);
  return new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(signal ? 128 + constants.signals[signal] : (code ?? 1)));
  }).finally(() => {
    for (const signal of signals) process.off(signal, forward);
  });
}
