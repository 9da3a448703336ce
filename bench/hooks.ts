/** What a hook costs: a module in its thread, a Python file kept alive, and a command that is started each time. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Handler } from "../src/hooks/hook.ts";
import { Hooks } from "../src/hooks/index.ts";
import { runCommand } from "../src/hooks/run/command.ts";
import { createLogger } from "../src/log.ts";

const folder = mkdtempSync(join(tmpdir(), "codex-plus-bench-"));
const plus = join(folder, "plus");
const hooks = new Hooks({
  homes: { plus, claude: join(folder, "claude"), user: folder, managed: join(folder, "managed") },
  files: join(folder, "files"),
  env: { PATH: process.env.PATH },
  trust: () => Promise.resolve("trusted"),
  send: () => Promise.reject(new Error("no http hook is measured")),
  log: createLogger("error"),
});
const handler = (kind: Handler["kind"], name: string): Handler => ({
  event: "PreToolUse",
  matcher: undefined,
  kind,
  name,
  file: name,
  layer: "plus-user",
  timeoutMs: undefined,
  options: {},
});

const module = join(folder, "hook.ts");
writeFileSync(
  module,
  'import { defineHook } from "codex-plus";\nexport default defineHook({ PreToolUse: () => undefined });\n',
);
const python = join(folder, "hook.py");
writeFileSync(python, '"""\ntype: PreToolUse\n"""\ndef pre_tool_use(call):\n    return None\n');

const input = { tool_name: "Bash", tool_input: { command: "ls -la" }, tool_use_id: "call_1", session_id: "s" };
const signal = new AbortController().signal;
const kept = (each: Handler) => () =>
  hooks.modules.ask(
    each,
    { event: "PreToolUse", input },
    { project: folder, env: { PATH: process.env.PATH }, timeoutMs: 10_000, signal },
  );

async function measure(name: string, runs: number, act: () => Promise<unknown>): Promise<void> {
  for (let n = 0; n < Math.min(runs, 50); n += 1) await act();
  const times: number[] = [];
  for (let n = 0; n < runs; n += 1) {
    const started = performance.now();
    await act();
    times.push(performance.now() - started);
  }
  times.sort((one, other) => one - other);
  const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(3).padStart(8);
  console.log(`${name.padEnd(34)} p50 ${at(0.5)} ms   p95 ${at(0.95)} ms`);
}

await measure("nothing listens", 2000, async () => hooks.listens(folder, "PreToolUse"));
await measure("module", 2000, kept(handler("module", module)));
await measure("Python file, kept", 2000, kept(handler("process", python)));
await measure("command, started each time", 100, () =>
  runCommand(
    handler("command", "true"),
    "PreToolUse",
    { ...input, transcript_path: "", cwd: folder },
    {
      project: folder,
      env: { PATH: process.env.PATH },
      timeoutMs: 10_000,
      signal,
    },
  ),
);
hooks.close();
rmSync(folder, { recursive: true });
