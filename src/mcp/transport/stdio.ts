/** A server that is a program: messages go through its standard input and output, a line each. */
import { once } from "node:events";
import { deserializeMessage, serializeMessage } from "@modelcontextprotocol/sdk/shared/stdio.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { type Kept, keepProcess } from "../../lib/spawn.ts";
import { within } from "../../lib/within.ts";
import { messageLines } from "./lines.ts";
import type { ServerLog } from "./stderr.ts";

/** How long a program may take to end when its input has ended, and when it was asked to, in ms. */
const INPUT_ENDED_MS = 500;
const ASKED_MS = 1500;
/** What a program that has ended may still have in its pipes is waited for so long, in ms. */
const REST_MS = 100;
/** Messages that may wait to be read by a program: one that asks and asks, and reads no answer, is ended. */
const MOST_UNREAD = 10_000;

export interface StdioOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: ServerLog;
}

/** In a process group of its own, all of which is gone behind `close`. */
export class StdioTransport implements Transport {
  readonly #options: StdioOptions;
  #kept: Kept | undefined;
  readonly #gone = Promise.withResolvers<void>();
  #delivered = Promise.resolve();
  #drained = Promise.resolve();
  #unread = 0;
  /** Why it has ended by itself. */
  ended: string | undefined;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;

  constructor(options: StdioOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#kept?.pid;
  }

  start(): Promise<void> {
    const { log, ...program } = this.#options;
    try {
      this.#kept = keepProcess({ ...program, stderr: true }, (why) => void this.#ended(why));
    } catch (error) {
      this.ended = `it could not be started: ${(error as Error).message}`;
      return Promise.reject(new Error(this.ended));
    }
    const { pid, stdout, stderr } = this.#kept;
    log.note(`started, process ${pid ?? "none"}`);
    if (stderr !== undefined) log.read(stderr);
    const closed = [stdout, stderr].map((pipe) => pipe && once(pipe, "close"));
    this.#drained = Promise.allSettled(closed).then(() => undefined);
    messageLines(
      stdout,
      (line) => this.#message(line),
      (why) => {
        this.ended = why;
        this.#kept?.kill();
      },
    );
    return Promise.resolve();
  }

  send(message: JSONRPCMessage): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (this.#unread > MOST_UNREAD && this.ended === undefined) {
      this.ended = "it does not read what it is sent";
      this.#kept?.kill();
    }
    if (this.#kept === undefined || this.ended !== undefined) reject(new Error(this.ended ?? "it is not running"));
    // Who does not read keeps nobody waiting but its caller, whose time is limited.
    else {
      this.#unread += 1;
      this.#kept.stdin.write(serializeMessage(message), () => {
        this.#unread -= 1;
        resolve();
      });
    }
    return promise;
  }

  /** Its input ends, then it is asked to end, then it is ended. */
  async close(): Promise<void> {
    const kept = this.#kept;
    if (kept === undefined) return this.#ended("it was not started");
    const gone = this.#gone.promise;
    kept.stdin.end();
    if (!(await within(gone, INPUT_ENDED_MS))) kept.kill("SIGTERM");
    if (!(await within(gone, ASKED_MS))) kept.kill("SIGKILL");
    await gone;
  }

  #message(line: string): boolean {
    try {
      const message = deserializeMessage(line);
      // One behind the other: the SDK hears of progress a moment later than of the answer that stands right behind it.
      this.#delivered = this.#delivered
        .then(() => this.onmessage?.(message))
        .catch((error: unknown) => this.onerror?.(error as Error));
      return true;
    } catch (error) {
      this.onerror?.(error as Error);
      return false;
    }
  }

  /** Its last answer, and its last words, may still stand in its pipes. */
  async #ended(why: string): Promise<void> {
    this.ended ??= why;
    this.#options.log.note(this.ended);
    await within(this.#drained, REST_MS);
    await this.#delivered;
    // What it has started and left its pipes to may live on elsewhere: nobody listens to that.
    this.#kept?.stdout.destroy();
    this.#kept?.stderr?.destroy();
    this.#gone.resolve();
    this.onclose?.();
  }
}
