/** Recorded conversations, read in a thread of its own: begun when something is asked, ended when nothing is any more. */
import { Worker } from "node:worker_threads";
import { CodexPlusError, ERRORS, type ErrorCode } from "../../errors.ts";
import type { SearchFilter, ThreadFilter } from "../store.ts";
import type { Answers, Asked, Question, Told, Wish } from "./questions.ts";

/** The worker's file: beside this one, as source or as built. */
const WORKER = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);
/** The thread ends when nothing was asked for so long, in ms. */
const IDLE_MS = 15_000;
/** The longest that an answer may take, in ms. */
const ANSWER_MS = 60_000;

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

export class Reading {
  readonly #path: string;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #ticket = 0;
  #idle: NodeJS.Timeout | undefined;

  /** @param path the database file */
  constructor(path: string) {
    this.#path = path;
  }

  /** Newest first. @throws CodexPlusError CP_FILE_UNUSABLE */
  list(filter: ThreadFilter): Promise<Answers["list"]> {
    return this.#ask({ what: "list", filter });
  }

  /** Conversation by conversation, best first. @throws CodexPlusError CP_USAGE for a query without meaning, CP_FILE_UNUSABLE */
  search(query: string, filter: SearchFilter): Promise<Answers["search"]> {
    return this.#ask({ what: "search", query, filter });
  }

  /** Writes a conversation to a file. @throws CodexPlusError CP_FILE_UNUSABLE */
  save(wish: Wish): Promise<Answers["save"]> {
    return this.#ask({ what: "save", wish });
  }

  /**
   * What was said behind an item, with what a fork has inherited; 0: from the beginning.
   * @throws CodexPlusError CP_FILE_UNUSABLE
   */
  behind(thread: string, after: number): Promise<Answers["behind"]> {
    return this.#ask({ what: "behind", thread, after });
  }

  /** Ends the thread; what still waits for an answer fails. */
  async close(): Promise<void> {
    await this.#end("Codex-Plus is stopping");
  }

  #ask<What extends Question["what"]>(question: Question & { what: What }): Promise<Answers[What]> {
    clearTimeout(this.#idle);
    this.#worker ??= this.#start();
    const worker = this.#worker;
    worker.ref();
    this.#ticket += 1;
    const ticket = this.#ticket;
    const late = setTimeout(() => void this.#end("the answer took too long"), ANSWER_MS);
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(ticket, { resolve, reject }));
    worker.postMessage({ ticket, question } satisfies Asked);
    // The thread answers a question with what belongs to it.
    return answer.finally(() => clearTimeout(late)) as Promise<Answers[What]>;
  }

  #start(): Worker {
    const worker = new Worker(WORKER, {
      workerData: { path: this.#path },
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
    });
    worker.stdout.resume();
    worker.stderr.resume();
    worker.on("message", (told: Told) => this.#told(told));
    worker.once("error", (error: Error) => void this.#end(error.message));
    return worker;
  }

  #told({ ticket, answer, failure }: Told): void {
    const waiting = this.#waiting.get(ticket);
    this.#waiting.delete(ticket);
    if (failure === undefined) waiting?.resolve(answer);
    else waiting?.reject(new CodexPlusError(codeOf(failure.code), failure.message));
    if (this.#waiting.size > 0) return;
    this.#worker?.unref();
    this.#idle = setTimeout(() => void this.#end("idle"), IDLE_MS).unref();
  }

  async #end(why: string): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(new CodexPlusError("CP_INTERNAL", `not read: ${why}`));
    this.#waiting.clear();
    await worker?.terminate();
  }
}

function codeOf(code: string): ErrorCode {
  return Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : "CP_INTERNAL";
}
