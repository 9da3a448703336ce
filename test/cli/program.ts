/** The program as a person starts it: another process, in a home of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What Node has made of our sources: reading them anew is half of what a short verb takes. */
const COMPILED = join(import.meta.dirname, "../../node_modules/.cache/codex-plus");

/** A folder with homes for Codex-Plus and Codex and a PATH of its own; nothing of this machine's settings gets in. */
export class Sandbox {
  readonly folder: string;
  readonly variables: Record<string, string>;
  /** Where it is started, if not in this project. */
  cwd: string | undefined;
  readonly #running = new Set<ChildProcess>();

  private constructor(folder: string) {
    this.folder = folder;
    this.variables = {
      HOME: folder,
      CODEX_PLUS_HOME: join(folder, "plus"),
      CODEX_HOME: join(folder, "codex"),
      PATH: `${join(folder, "bin")}:/usr/bin:/bin`,
      NODE_COMPILE_CACHE: COMPILED,
    };
  }

  static async create(): Promise<Sandbox> {
    return new Sandbox(await mkdtemp(join(tmpdir(), "codex-plus-")));
  }

  /** Writes a file below the folder; with a mode, an executable. */
  async write(name: string, content: string, mode = 0o600): Promise<string> {
    const file = join(this.folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    await chmod(file, mode);
    return file;
  }

  /** Puts a `codex` on PATH that runs this JavaScript (an ES module). */
  async fakeCodex(script: string): Promise<void> {
    const file = await this.write("fake/codex.mjs", script);
    await this.write("bin/codex", `#!/bin/sh\nexec "${process.execPath}" "${file}" "$@"\n`, 0o755);
  }

  start(args: readonly string[], variables: Record<string, string> = {}): ChildProcess {
    const child = spawn(process.execPath, [MAIN, ...args], {
      env: { ...this.variables, ...variables },
      cwd: this.cwd,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#running.add(child);
    child.once("exit", () => this.#running.delete(child));
    return child;
  }

  /** Runs it to its end. */
  async run(args: readonly string[], variables: Record<string, string> = {}): Promise<Ended> {
    return ended(this.start(args, variables));
  }

  /** Ends what still runs and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ends = [...this.#running].map((child) => once(child, "exit"));
    for (const child of this.#running) child.kill("SIGKILL");
    await Promise.all(ends);
    await rm(this.folder, { recursive: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** What a process said until its end. */
export async function ended(child: ChildProcess): Promise<Ended> {
  const [stdout, stderr, code] = await Promise.all([
    child.stdout ? text(child.stdout) : "",
    child.stderr ? text(child.stderr) : "",
    once(child, "close").then(([status]) => status as number | null),
  ]);
  return { code, stdout, stderr };
}

/** The first line a process prints to standard output, as JSON. */
export async function firstLine(child: ChildProcess): Promise<Record<string, unknown>> {
  if (!child.stdout) throw new TypeError("standard output is not piped");
  for await (const line of createInterface(child.stdout)) return JSON.parse(line);
  throw new Error("it ended without a line");
}

/** A proxy that serves on a free port, and its address. */
export async function serving(
  box: Sandbox,
  ...flags: string[]
): Promise<{ child: ChildProcess; url: string; port: number }> {
  const child = box.start(["serve", "--port", "0", "--json", "--log", "silent", ...flags]);
  const { url, port } = await firstLine(child);
  return { child, url: String(url), port: Number(port) };
}
