/** Running a command's shell blocks. */
import { parse, type SyntaxNode } from "unbash";
import { runToEnd } from "../../lib/spawn.ts";

export interface ShellOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What a block gave, or why it failed. */
export type ShellAnswer = { readonly ok: true; readonly output: string } | { readonly ok: false; readonly why: string };

/** As much of a block's output as goes into a prompt, in characters. */
const MAX_OUTPUT = 30_000;

/** Searches and comparisons, which end with 1 to say "nothing" or "not the same". */
const ONE_IS_AN_ANSWER = /^(?:grep|egrep|fgrep|rg|find|diff|cmp|test|\[|\[\[|git (?:diff|grep))(?:\s|$)/;

/** Runs a block in bash, both outputs in one, as Claude Code does. */
export async function runShell(command: string, { cwd, env, timeoutMs, signal }: ShellOptions): Promise<ShellAnswer> {
  const ended = await runToEnd({
    command: "/bin/bash",
    args: ["-c", `exec 2>&1; ${command}`],
    cwd,
    env,
    timeoutMs,
    maxBytes: 4 * MAX_OUTPUT,
    signal,
  });
  const said = `${ended.stdout}${ended.stderr}`;
  if (ended.failure !== undefined) return { ok: false, why: `bash did not start: ${ended.failure}` };
  if (ended.killed === "timeout") return { ok: false, why: `it was ended after ${timeoutMs / 1000} s` };
  if (ended.killed === "abort") return { ok: false, why: "it was ended: the client has gone" };
  if (ended.code === 0 || (ended.code === 1 && ONE_IS_AN_ANSWER.test(lastCommand(command)))) {
    const output = said.replace(/^(?:[^\S\n]*\n)+/, "").trimEnd();
    if (output === "") return { ok: true, output: "(Bash completed with no output)" };
    if (output.length <= MAX_OUTPUT && !ended.cut) return { ok: true, output };
    return { ok: true, output: `${output.slice(0, MAX_OUTPUT)}\n… (cut: only the first ${MAX_OUTPUT} characters)` };
  }
  return { ok: false, why: said.trim() === "" ? "" : `[stderr]\n${said.trim()}` };
}

/** The text of the simple command that ends last, whose exit code is the whole text's. */
function lastCommand(source: string): string {
  let node: SyntaxNode | undefined = parse(source).commands.at(-1)?.command;
  while (node?.type === "AndOr" || node?.type === "Pipeline") node = node.commands.at(-1);
  return node === undefined ? "" : source.slice(node.pos, node.end);
}
