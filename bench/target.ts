/** One proxy under measurement: started, frozen while others are measured, ended. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { get } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, processTree } from "./machine.ts";
import { MODELS, type TargetDefinition } from "./targets.ts";

const START_MS = 30_000;

export class Target {
  readonly definition: TargetDefinition;
  readonly #folder: string;
  readonly #upstreamPort: number;
  #child: ChildProcess | undefined;
  #frozen = false;
  port: number;

  /** @param folder for its files and log, made if need be */
  constructor(definition: TargetDefinition, folder: string, upstreamPort: number) {
    this.definition = definition;
    this.#folder = join(folder, definition.name);
    this.#upstreamPort = upstreamPort;
    this.port = upstreamPort;
  }

  get name(): string {
    return this.definition.name;
  }

  /** Its process and those below it; none for the way without a proxy. */
  pids(): number[] {
    const pid = this.#child?.pid;
    return pid === undefined ? [] : processTree(pid);
  }

  /** Starts it. @returns ms until the first answered request, undefined where there is nothing to start */
  async start(): Promise<number | undefined> {
    const { command } = this.definition;
    if (command === undefined) return undefined;
    mkdirSync(this.#folder, { recursive: true });
    this.port = await freePort();
    const [program, ...args] = command({ port: this.port, upstreamPort: this.#upstreamPort, folder: this.#folder });
    const log = openSync(join(this.#folder, "log"), "a");
    const began = performance.now();
    const child = spawn(program, args, { cwd: this.#folder, env: this.#environment(), stdio: ["ignore", log, log] });
    closeSync(log);
    this.#child = child;
    const ended = once(child, "exit").then(
      ([code]) => `ended with ${code}`,
      (error: Error) => error.message,
    );
    let end: string | undefined;
    void ended.then((why) => (end = why));
    while (!(await answers(this.port))) {
      if (end !== undefined) throw new Error(`${this.name} does not start: ${end}; its log is ${this.#folder}/log`);
      if (performance.now() - began > START_MS) throw new Error(`${this.name}: no answer within ${START_MS} ms`);
      await sleep(2);
    }
    return performance.now() - began;
  }

  /** So that a target which is not being measured takes no CPU from the one that is. */
  freeze(): void {
    if (this.#child === undefined || this.#frozen) return;
    this.#frozen = true;
    for (const pid of this.pids()) signal(pid, "SIGSTOP");
  }

  async thaw(): Promise<void> {
    if (this.#child === undefined || !this.#frozen) return;
    this.#frozen = false;
    for (const pid of this.pids().reverse()) signal(pid, "SIGCONT");
    await sleep(30);
    await answers(this.port);
  }

  async stop(): Promise<void> {
    const pids = this.pids();
    if (this.#frozen) for (const pid of pids) signal(pid, "SIGCONT");
    this.#child = undefined;
    this.#frozen = false;
    for (const pid of pids) signal(pid, "SIGTERM");
    for (let i = 0; i < 100 && pids.some(isAlive); i++) await sleep(20);
    for (const pid of pids.filter(isAlive)) signal(pid, "SIGKILL");
  }

  /** Defaults whatever the shell says: a home of its own, no proxy on the way to loopback, no further authorities. */
  #environment(): NodeJS.ProcessEnv {
    const kept = Object.entries(process.env).filter(([name]) => !/^CODEX_|_proxy$|^SSL_CERT_/i.test(name));
    return { ...Object.fromEntries(kept), CODEX_PLUS_HOME: this.#folder };
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended by itself
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: "127.0.0.1", port, path: MODELS, agent: false, timeout: 5000 }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode === 200));
      response.on("error", () => resolve(false));
    });
    request.on("timeout", () => request.destroy()).on("error", () => resolve(false));
  });
}
