/** `codex exec --json`, the headless Codex. */
import { type ChildProcess, spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import type { World } from "./world.ts";

/** All that one run shows to whoever started it, masked. */
export interface Shown {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Standard output, which is one JSON object a line. */
  readonly events: readonly CodexEvent[];
  readonly stderr: string;
}

export interface CodexEvent {
  readonly type: string;
  readonly item?: { readonly type: string; readonly text?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export interface Running {
  readonly child: ChildProcess;
  readonly shown: Promise<Shown>;
}

/** Starts `codex exec` with these arguments. */
export function startExec(world: World, ...args: string[]): Running {
  const common = ["--json", "--skip-git-repo-check", "--sandbox", "danger-full-access", "--cd", world.cwd];
  const child = spawn(world.codex, ["exec", ...common, ...args], {
    cwd: world.cwd,
    env: world.environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { child, shown: gather(world, child) };
}

/** Runs `codex exec` to its end. */
export async function exec(world: World, ...args: string[]): Promise<Shown> {
  return startExec(world, ...args).shown;
}

/** The texts of the assistant's messages. */
export function messages({ events }: Shown): string[] {
  return events.flatMap(({ item, type }) =>
    type === "item.completed" && item?.type === "agent_message" ? [item.text ?? ""] : [],
  );
}

/** Codex fetches its catalogue twice at once and now and then reads the cache file that it is just writing. */
const OWN_RACE = /^<time> ERROR codex_models_manager::manager: failed to load models cache: .*\n/gm;

async function gather(world: World, child: ChildProcess): Promise<Shown> {
  if (!child.stdout || !child.stderr) throw new TypeError("the child's output is not piped");
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on("close", (code, signal) => resolve([code, signal])).on("error", reject);
  });
  const [stdout, stderr, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const lines = world.masked(stdout).split("\n").filter(Boolean);
  const events = lines.map((line) => JSON.parse(line));
  return { code, signal, events, stderr: world.masked(stderr).replaceAll(OWN_RACE, "") };
}
