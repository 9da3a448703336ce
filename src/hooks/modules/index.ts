/** Hooks that stay alive between calls: modules in threads, other languages in processes. */
import type { Handler } from "../hook.ts";
import type { Answer, Asked, Host } from "./asking.ts";
import { hookProcess } from "./process.ts";
import { PYTHON_HOST } from "./python.ts";
import { type HookFolder, type HookModule, hookScan } from "./scan.ts";
import { moduleThread } from "./thread.ts";

interface Kept {
  readonly stamp: string;
  readonly host: Host;
}

/** Where a handler runs and what it is given. */
export interface Setting {
  /** The folder that the client started in. */
  readonly project: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Threads and processes that are kept alive; each module has one in each project. */
const MOST_ALIVE = 64;

export class HookModules {
  readonly #most: number;
  readonly #scan = hookScan();
  /** The least recently used first. */
  readonly #hosts = new Map<string, Kept>();
  /** The stamp of each module file, as scanned last. */
  readonly #stamps = new Map<string, string>();

  constructor(most = MOST_ALIVE) {
    this.#most = most;
  }

  /** The hook files of these folders as they are now. Nothing of them is run. */
  find(folders: readonly HookFolder[]): readonly HookModule[] {
    const found = folders.flatMap((folder) => this.#scan(folder));
    for (const { file, stamp } of found) this.#stamps.set(file, stamp);
    return found;
  }

  /** Asks a handler of kind module or process. Never throws. */
  ask(handler: Handler, asked: Asked, { project, env, timeoutMs, signal }: Setting): Promise<Answer> {
    const stamp = this.#stamps.get(handler.name) ?? "";
    // Its folder and variables are the project's, also where the file is a person's own.
    const key = `${project}\n${handler.name}`;
    const known = this.#hosts.get(key);
    const host = known?.stamp === stamp ? known.host : begin(handler, project, env);
    // A changed file is begun anew; what its old self was asked is given up.
    if (known?.host !== host) known?.host.end();
    this.#hosts.delete(key);
    this.#hosts.set(key, { stamp, host });
    const answer = host.ask(asked, timeoutMs, signal);
    this.#endUnused();
    return answer;
  }

  #endUnused(): void {
    for (const [key, { host }] of this.#hosts) {
      if (this.#hosts.size <= this.#most) return;
      if (host.busy) continue;
      host.end();
      this.#hosts.delete(key);
    }
  }

  close(): void {
    for (const { host } of this.#hosts.values()) host.end();
    this.#hosts.clear();
  }
}

/** What lies compiled beside a file is not what was trusted. */
const UNCACHED = ["-B", "-X", "pycache_prefix=/dev/null"];

function begin({ kind, name, file }: Handler, project: string, env: NodeJS.ProcessEnv): Host {
  const given = { ...env, CLAUDE_PROJECT_DIR: project };
  if (kind === "module") return moduleThread(name, given);
  if (name === file)
    return hookProcess({ command: "python3", args: [...UNCACHED, "-c", PYTHON_HOST, file], cwd: project, env: given });
  return hookProcess({ command: "/bin/sh", args: ["-c", name], cwd: project, env: given });
}
