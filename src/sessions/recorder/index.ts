/**
 * The recorder's half on the proxy's own thread: what is shown of a turn is kept by reference in a bounded queue and
 * handed to a worker in batches, behind the turn's back. Nothing here waits, and nothing throws.
 */
import { randomUUID } from "node:crypto";
import { Worker } from "node:worker_threads";
import type { Logger } from "../../log.ts";
import type { Head, Tap } from "../../turn.ts";
import { type Draft, pack } from "./batch.ts";
import { LEG_BYTES, Leg } from "./leg.ts";
import type { Called, FromWorker, Setup } from "./notes.ts";
import { Thread } from "./thread.ts";
import { weightOf } from "./weight.ts";

export interface RecorderOptions {
  /** The database file. */
  readonly path: string;
  /** Bodies that may wait to be written, in bytes. */
  readonly queueBytes: number;
  /** Pictures larger than this are told of, but not kept. */
  readonly blobBytes: number;
  readonly log: Logger;
  /** In place of the worker's own file. */
  readonly worker?: URL;
}

export interface RecorderStatus {
  /** What is wrong with the store, or with the worker; undefined while all is well. */
  readonly trouble: string | undefined;
  /** Requests that the worker has taken over, with their ends. */
  readonly legs: number;
  /** Those of which bodies are missing, as the queue was full. */
  readonly dropped: number;
  /** Those that are lost: the worker died, or the store failed for too long, or far too many waited. */
  readonly lost: number;
  /** What waits to be written. */
  readonly queueBytes: number;
}

/** The worker's file: beside this one, as source or as built. */
const WORKER = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);
/**
 * Beginnings and ends are sent after so long, in ms. What stands between them is worth nothing by itself and is sent when so
 * many bytes wait: one note of many pieces costs little more than one of a single piece.
 */
const BATCH = { ms: 25, bytes: 1024 * 1024 };
/** A batch is closed behind the leg that brings it to this size: the rest follows a moment later. */
const MOST_AT_ONCE = 4 * 1024 * 1024;
/** How long a flush, or the end, may take, in ms. */
const FLUSH_MS = 5000;

export class Recorder {
  readonly #log: Logger;
  readonly #most: number;
  readonly #thread: Thread;
  readonly #room = {
    reserve: (size: number) => this.#reserve(size),
    release: (size: number) => this.#release(size),
    wake: (leg: Leg, pressing: boolean) => this.#wake(leg, pressing),
  };
  /** Bytes that are kept here, or on their way to the worker and not done with. */
  #queued = 0;
  /** Bytes kept since the last batch. */
  #waiting = 0;
  /** Legs with something to take away, and those of them with a beginning or an end. */
  readonly #awake = new Set<Leg>();
  readonly #pressing = new Set<Leg>();
  /** Legs that the worker knows the beginning of, and not the end. */
  readonly #open = new Set<Leg>();
  /** Calls that wait to be sent, and their bytes. */
  #calls: Called[] = [];
  #callsSize = 0;
  #called = 0;
  /** What the worker has been sent and is not done with: bytes, the legs that end in it, and calls. */
  #sent: { size: number; readonly legs: number; readonly calls: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #soon = false;
  readonly #tickets = new Map<number, () => void>();
  #ticket = 0;
  #trouble: string | undefined;
  #closed = false;
  readonly #counts = { legs: 0, dropped: 0, lost: 0 };

  constructor({ path, queueBytes, blobBytes, log, worker = WORKER }: RecorderOptions) {
    this.#log = log;
    this.#most = queueBytes;
    const setup: Setup = { path, run: randomUUID(), blobBytes };
    this.#thread = new Thread(() => startWorker(worker, setup), {
      said: (message) => this.#said(message),
      ended: (reason) => this.#died(reason),
    });
  }

  /** Sees one request go by; undefined where not even its bare facts could be kept. */
  tap(head: Head, { id, provider }: { readonly id: string; readonly provider: string }): Tap | undefined {
    // Facts are kept beyond the limit of bodies, but not without end.
    if (this.#closed) return undefined;
    if (this.#queued > 2 * this.#most) {
      this.#counts.lost += 1;
      return undefined;
    }
    this.#queued += LEG_BYTES;
    // It takes a good moment to load: meanwhile upstream thinks.
    if (this.#thread.waitMs === 0) this.#thread.begin();
    return new Leg(id, head, provider, this.#room);
  }

  /** Sees a call of an MCP tool that is over. What it was given and gave back must not change any more. */
  called(call: Omit<Called, "what" | "id">): void {
    const size = LEG_BYTES + weightOf(call.input) + weightOf(call.content) + weightOf(call.structured);
    if (this.#closed) return;
    if (this.#queued + size > this.#most) {
      this.#counts.lost += 1;
      return;
    }
    this.#queued += size;
    this.#callsSize += size;
    this.#called += 1;
    this.#calls.push({ ...call, what: "called", id: String(this.#called) });
    // At once, behind what came before it: what comes from now on is to stand behind it.
    this.#send(this.#awake);
  }

  /** Settles when all that was shown so far is written, or given up; after some seconds in any case. */
  async flush(): Promise<void> {
    this.#sendAll();
    if (!this.#thread.runs) return;
    const ticket = this.#ticket++;
    const flushed = new Promise<void>((resolve) => this.#tickets.set(ticket, resolve));
    const late = setTimeout(() => this.#settle(ticket), FLUSH_MS);
    this.#thread.post({ what: "flush", ticket });
    await this.#thread.keep(flushed);
    clearTimeout(late);
  }

  status(): RecorderStatus {
    return { trouble: this.#trouble, ...this.#counts, queueBytes: this.#queued };
  }

  /** Writes what still waits, within some seconds, and ends the worker. Nothing is shown afterwards. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#sendAll();
    clearTimeout(this.#timer);
    await this.#thread.close(FLUSH_MS);
  }

  #reserve(size: number): boolean {
    if (this.#queued + size > this.#most) return false;
    this.#queued += size;
    this.#waiting += size;
    if (this.#waiting >= BATCH.bytes && this.#awake.size > 0) this.#sendSoon();
    return true;
  }

  #release(size: number): void {
    this.#queued -= size;
  }

  #wake(leg: Leg, pressing: boolean): void {
    if (this.#closed) {
      leg.abandon();
      return;
    }
    this.#awake.add(leg);
    if (!pressing) return;
    this.#pressing.add(leg);
    this.#timer ??= setTimeout(() => this.#send(this.#pressing), BATCH.ms).unref();
  }

  /** Not at once: whoever has shown something is still at work. */
  #sendSoon(): void {
    if (this.#soon || this.#closed) return;
    this.#soon = true;
    setImmediate(() => {
      this.#soon = false;
      this.#send(this.#awake);
    });
  }

  #send(some: ReadonlySet<Leg>): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { waitMs } = this.#thread;
    if (waitMs > 0) {
      this.#timer = setTimeout(() => this.#send(this.#awake), waitMs).unref();
      return;
    }
    const drafts: Draft[] = [];
    let size = 0;
    let legs = 0;
    for (const leg of some) {
      if (size >= MOST_AT_ONCE) break;
      this.#awake.delete(leg);
      this.#pressing.delete(leg);
      const taken = leg.take();
      size += taken.size;
      for (const draft of taken.drafts) drafts.push(draft);
      this.#open.add(leg);
      const last = taken.drafts.at(-1);
      if (last?.what !== "ended") continue;
      this.#open.delete(leg);
      if (last.dropped) this.#counts.dropped += 1;
      legs += 1;
    }
    this.#waiting = Math.max(0, this.#waiting - size);
    // Behind the legs: a call belongs to one that has begun.
    const calls = this.#calls.splice(0);
    size += this.#callsSize;
    this.#callsSize = 0;
    if (drafts.length + calls.length > 0) {
      const { notes, buffer } = pack(drafts);
      this.#sent.push({ size, legs, calls: calls.length });
      this.#thread.post({ what: "notes", notes: [...notes, ...calls], size }, [buffer]);
    }
    if (some.size > 0) this.#sendSoon();
    else if (this.#awake.size === 0) this.#waiting = 0;
  }

  #sendAll(): void {
    do this.#send(this.#awake);
    while (this.#awake.size > 0 && this.#thread.waitMs === 0);
  }

  #said(message: FromWorker): void {
    if (message.what === "taken") this.#taken(message.size);
    else if (message.what === "flushed") this.#settle(message.ticket);
    else if (message.what === "lost") this.#lose(message.legs, message.reason ?? "the store has failed for too long");
    else this.#store(message);
  }

  #taken(size: number): void {
    this.#release(size);
    this.#thread.thrives();
    if (this.#trouble?.startsWith(DIED)) this.#tell(undefined);
    let done = size;
    for (let first = this.#sent[0]; first !== undefined && done >= first.size; first = this.#sent[0]) {
      done -= first.size;
      this.#counts.legs += first.legs;
      this.#sent.shift();
    }
    const [first] = this.#sent;
    if (first !== undefined) first.size -= done;
  }

  #store({ ok, reason, setAside }: Extract<FromWorker, { what: "store" }>): void {
    if (setAside !== undefined)
      this.#log.error({ file: setAside }, "the database was broken: it has been set aside and a new one begun");
    this.#tell(ok ? undefined : (reason ?? "the store has failed"));
  }

  #died(reason: string): void {
    const legs = this.#sent.reduce((sum, batch) => sum + batch.legs + batch.calls, this.#open.size);
    const size = this.#sent.reduce((sum, batch) => sum + batch.size, 0);
    this.#release(size);
    this.#sent = [];
    for (const leg of this.#open) {
      leg.abandon();
      this.#awake.delete(leg);
      this.#pressing.delete(leg);
    }
    this.#open.clear();
    for (const ticket of [...this.#tickets.keys()]) this.#settle(ticket);
    if (legs > 0) this.#lose(legs, "the recorder has ended");
    if (!this.#closed) this.#tell(`${DIED}: ${reason}`);
  }

  #lose(legs: number, why: string): void {
    this.#counts.lost += legs;
    this.#log.error({ legs }, `requests are not recorded: ${why}`);
  }

  /** Once for every change. */
  #tell(trouble: string | undefined): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    if (trouble === undefined) this.#log.info("what passes is recorded again");
    else this.#log.error({ reason: trouble }, "what passes is not recorded for now; turns go on");
  }

  #settle(ticket: number): void {
    this.#tickets.get(ticket)?.();
    this.#tickets.delete(ticket);
  }
}

const DIED = "the recorder's worker has ended";

function startWorker(file: URL, setup: Setup): Worker {
  return new Worker(file, {
    workerData: setup,
    // Standard output belongs to the proxy, and its environment is nothing for a recorder. Nobody reads what is said there:
    // whoever did would keep the process.
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
  });
}
