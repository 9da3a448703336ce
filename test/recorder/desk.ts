/** A recorder with the stand-in for its worker, what that was told, and the log. */
import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { Writable } from "node:stream";
import type { TestContext } from "node:test";
import { createLogger } from "../../src/log.ts";
import { makeFrame, type WireEvent } from "../../src/protocol/frame.ts";
import { Recorder } from "../../src/sessions/recorder/index.ts";
import type { FromWorker, Note, ToWorker } from "../../src/sessions/recorder/notes.ts";
import type { Head, Tap, TapEnd } from "../../src/turn.ts";

/** What the stand-in is to do. */
export type Wish = { readonly wish: "die" } | { readonly wish: "say"; readonly message: FromWorker };

export interface Desk {
  readonly recorder: Recorder;
  /** All notes so far, bytes as text; what differs from run to run left out. */
  readonly notes: readonly unknown[];
  readonly log: readonly { readonly msg: string; readonly [field: string]: unknown }[];
  /** Flushes, and settles when all that was told before is in `notes`. */
  flush(): Promise<void>;
  /** Settles when this holds, asked again with every message and log line. */
  until(holds: () => boolean): Promise<void>;
  /** Has the worker say something, and settles when the recorder has heard it. */
  say(message: FromWorker): Promise<void>;
  /** Has the worker die. */
  die(): void;
}

/** @param kind "holds": notes are never done with; "deaf": nothing is ever answered */
export function desk(t: TestContext, kind: "quick" | "holds" | "deaf" = "quick", queueBytes = 1024 * 1024): Desk {
  const path = `${kind}:${randomUUID()}`;
  const changes = new EventEmitter().setMaxListeners(0);
  const notes: unknown[] = [];
  const log: { msg: string }[] = [];
  let flushes = 0;
  let said = 0;
  const channel = new BroadcastChannel(path);
  channel.onmessage = ({ data }) => {
    const message = data as ToWorker | { readonly what: "said" };
    if (message.what === "said") said += 1;
    if (message.what === "flush") flushes += 1;
    if (message.what === "notes") notes.push(...message.notes.map(plainly));
    changes.emit("change");
  };
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log.push(JSON.parse(`${chunk}`) as { msg: string });
      changes.emit("change");
      done();
    },
  });
  const recorder = new Recorder({
    path,
    queueBytes,
    blobBytes: 1024,
    log: createLogger("debug", sink),
    worker: new URL("./stand-in.ts", import.meta.url),
  });
  t.after(async () => {
    if (kind === "deaf") channel.postMessage({ wish: "die" });
    await recorder.close();
    channel.close();
  });
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await once(changes, "change");
  };
  const flush = async (): Promise<void> => {
    const wanted = flushes + 1;
    await recorder.flush();
    await until(() => flushes >= wanted);
  };
  return {
    recorder,
    notes,
    log,
    until,
    flush,
    async say(message) {
      const wanted = said + 1;
      channel.postMessage({ wish: "say", message } satisfies Wish);
      await until(() => said >= wanted);
      await flush();
    },
    die: () => channel.postMessage({ wish: "die" } satisfies Wish),
  };
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");

function plainly(note: Note): unknown {
  if (note.what === "begun") return { ...note, at: typeof note.at, body: note.body && text(note.body) };
  if (note.what === "sent") return { ...note, body: text(note.body) };
  if (note.what === "bytes") return { ...note, bytes: text(note.bytes) };
  if (note.what === "events") {
    const starts = [0, ...note.ends];
    return { what: note.what, id: note.id, events: note.ends.map((end, i) => text(note.bytes.slice(starts[i], end))) };
  }
  if (note.what === "ended") return { ...note, ms: typeof note.ms, firstByteMs: typeof note.firstByteMs };
  return note;
}

export function headOf(more: Partial<Head> = {}): Head {
  return {
    wire: "sse",
    kind: "main",
    thread: "t1",
    turn: "u1",
    parents: [],
    method: "POST",
    path: "/responses",
    headers: [],
    ...more,
  };
}

export const DONE: TapEnd = { close: "done", local: false };
export const wsFrame = (event: WireEvent): ReturnType<typeof makeFrame> => makeFrame("ws", event);

/** A tap that must be there. */
export function tapOf({ recorder }: Desk, id: string, head: Partial<Head> = {}): Tap {
  const tap = recorder.tap(headOf(head), { id, provider: "chatgpt" });
  if (tap === undefined) throw new Error("nothing is recorded");
  return tap;
}

/** One whole turn, relayed. */
export function turn(at: Desk, id: string, body = "ask", answer = "answer"): void {
  const tap = tapOf(at, id);
  tap.asked(Buffer.from(body));
  tap.arrived();
  tap.answered(200, []);
  tap.bytes(Buffer.from(answer));
  tap.end(DONE);
}

/** The notes of that turn. */
export function turnNotes(
  id: string,
  body: string | undefined = "ask",
  answer: string | undefined = "answer",
): unknown[] {
  return [
    { what: "begun", id, wire: "sse", provider: "chatgpt", path: "/responses", at: "number", headers: [], body },
    { what: "answered", id, status: 200, headers: [] },
    ...(answer === undefined ? [] : [{ what: "bytes", id, bytes: answer }]),
    ended(id),
  ];
}

export function ended(id: string, more: object = {}): object {
  const plain = { close: "done", local: false, error: undefined, dropped: false };
  return { what: "ended", id, ms: "number", firstByteMs: "number", ...plain, ...more };
}
