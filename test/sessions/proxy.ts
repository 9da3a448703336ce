/** A proxy in a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readToken } from "../../src/config/token.ts";
import type { RecorderStatus } from "../../src/sessions/recorder/index.ts";

/** Between two looks at the status, which tells of no change by itself. */
const LOOK_MS = 20;

const PROGRAM = fileURLToPath(new URL("./proxy-process.ts", import.meta.url));

export interface RunningProxy {
  readonly url: string;
  readonly child: ChildProcess;
  /** The lines of its log so far. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** Resolves once a line of the log, old or new, says so. */
  logged(pattern: RegExp): Promise<void>;
  /** What `/_plus/status` says of the recorder. */
  recording(): Promise<RecorderStatus>;
  /** Resolves once that is so. */
  until(condition: (status: RecorderStatus) => boolean): Promise<void>;
  /** SIGKILL: at once, whatever it is doing. */
  kill(): Promise<void>;
  /** SIGTERM: it writes what it has. */
  stop(): Promise<void>;
}

/** @param settings in place of the defaults */
export async function startProxy(home: string, upstream: string, settings: object = {}): Promise<RunningProxy> {
  const child = spawn(process.execPath, [PROGRAM, home, upstream, JSON.stringify(settings)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const gone = once(child, "exit");
  const log: Readonly<Record<string, unknown>>[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stderr }).on("line", (line) => {
    log.push(line.startsWith("{") ? JSON.parse(line) : { msg: line });
    for (const check of [...waiting]) check();
  });
  const lines = createInterface({ input: child.stdout });
  const failed = gone.then(() => Promise.reject(new Error(`the proxy did not start: ${JSON.stringify(log)}`)));
  // Whoever ends it later does not mean that.
  failed.catch(() => undefined);
  const [url] = await Promise.race([once(lines, "line"), failed]);
  const token = await readToken(home);
  const recording = async () => {
    const response = await fetch(`${url}/_plus/status`, { headers: { authorization: `Bearer ${token}` } });
    return ((await response.json()) as { recording: RecorderStatus }).recording;
  };
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await gone;
  };
  return {
    url,
    child,
    log,
    logged: (pattern) =>
      new Promise((resolve) => {
        const check = () => {
          if (!log.some(({ msg }) => pattern.test(String(msg)))) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    recording,
    until: async (condition) => {
      while (!condition(await recording())) await sleep(LOOK_MS);
    },
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
  };
}
