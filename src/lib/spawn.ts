/** Running a program of somebody else's to its end: input, output, a time limit, and nothing left behind. */
import { type ChildProcessByStdio, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Written to standard input, which is then closed. */
  readonly input?: string;
  /** In ms; then the program and everything it started is killed. */
  readonly timeoutMs: number;
  /** Of standard output and standard error each; what comes after it is dropped. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
  /** Let what it started in the background live on when it has ended by itself, as a shell would. */
  readonly leaveBackground?: boolean;
  /** Told of the first line of standard output as soon as it is whole, of at most `maxBytes`. */
  readonly firstLine?: (line: string) => void;
}

/** What a program that has ended may still have in its pipes is waited for so long, in ms: a child may hold them open. */
const REST_MS = 50;

export interface Ended {
  /** The exit code; undefined when a signal ended it or it did not start. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it was killed by us, if it was. */
  readonly killed: "timeout" | "abort" | undefined;
  /** True when output was dropped. */
  readonly cut: boolean;
  /** The system's words when the program did not start. */
  readonly failure?: string;
}

/** Runs a program in a process group of its own. Never throws: whatever happens is in the answer. */
export function runToEnd(program: Program): Promise<Ended> {
  const { command, args, cwd, env, input, timeoutMs, maxBytes, signal, leaveBackground = false, firstLine } = program;
  const out = new Collector(maxBytes, firstLine);
  const err = new Collector(maxBytes);
  let child: ChildProcessWithoutNullStreams;
  try {
    child = spawn(command, args, { cwd, env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  } catch (error) {
    // Arguments too long, or with a byte that no program can be given.
    const failure = (error as Error).message;
    return Promise.resolve({ code: undefined, stdout: "", stderr: "", killed: undefined, cut: false, failure });
  }
  return new Promise((resolve) => {
    let killed: Ended["killed"];
    let failure: string | undefined;
    const kill = (why: Ended["killed"]) => {
      killed ??= why;
      killGroup(child.pid);
      // A grandchild that left the group may hold the pipes open; what it does is no longer ours to wait for.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = setTimeout(() => kill("timeout"), timeoutMs);
    const abort = () => kill("abort");
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
    child.stdout.on("data", (chunk: Buffer) => out.add(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.add(chunk));
    child.once("error", (error) => {
      failure = error.message;
    });
    // A program that does not read its input is no failure.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input ?? "");
    child.once("exit", () => {
      // What it left behind is not bound by its time any more, and must not be killed under a number that is free again.
      clearTimeout(timer);
      if (!leaveBackground) killGroup(child.pid);
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, REST_MS);
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      resolve({
        code: code === null || code < 0 ? undefined : code,
        stdout: out.text(),
        stderr: err.text(),
        killed,
        cut: out.cut || err.cut,
        ...(failure !== undefined && { failure }),
      });
    });
  });
}

/** A program that is kept running, to be talked to by its standard input and output. */
export interface Kept {
  readonly pid: number | undefined;
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Undefined where it was not asked for. */
  readonly stderr: Readable | undefined;
  /** Signals it and everything it has started; by default they end at once. */
  kill(signal?: NodeJS.Signals): void;
}

/**
 * Starts a program in a process group of its own. It does not keep this process alive; what it has started and left behind
 * ends with it. Its standard error is dropped, or has to be read where it is asked for.
 * @param gone told once when it has ended, or could not be started
 * @throws Error where the arguments can be given to no program
 */
export function keepProcess(
  { command, args, cwd, env, stderr = false }: Pick<Program, "command" | "args" | "cwd" | "env"> & { stderr?: boolean },
  gone: (why: string) => void,
): Kept {
  const child = spawn(command, args, {
    cwd,
    env,
    detached: true,
    stdio: ["pipe", "pipe", stderr ? "pipe" : "ignore"],
  }) as ChildProcessByStdio<Writable, Readable, Readable | null>;
  child.once("error", (error) => gone(`it could not be started: ${error.message}`));
  child.once("exit", (code, signal) => {
    killGroup(child.pid);
    gone(`it ended with ${signal ?? `exit code ${code}`}`);
  });
  // What is written to one that has gone is told of by its exit.
  child.stdin.on("error", () => undefined);
  child.unref();
  for (const pipe of [child.stdin, child.stdout, child.stderr]) if (pipe instanceof Socket) pipe.unref();
  return {
    pid: child.pid,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr ?? undefined,
    kill: (signal) => killGroup(child.pid, signal),
  };
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals = "SIGKILL"): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended already.
  }
}

/** The first bytes of a stream, as text. */
class Collector {
  readonly #max: number;
  readonly #chunks: Buffer[] = [];
  #firstLine: ((line: string) => void) | undefined;
  #size = 0;
  cut = false;

  constructor(max: number, firstLine?: (line: string) => void) {
    this.#max = max;
    this.#firstLine = firstLine;
  }

  add(chunk: Buffer): void {
    const room = this.#max - this.#size;
    if (chunk.length > room) this.cut = true;
    if (room <= 0) return;
    this.#chunks.push(chunk.subarray(0, room));
    this.#size += Math.min(room, chunk.length);
    if (this.#firstLine === undefined || !chunk.includes("\n")) return;
    const [line = ""] = this.text().split("\n", 1);
    this.#firstLine(line);
    this.#firstLine = undefined;
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}
