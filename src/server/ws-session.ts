/**
 * One client's WebSocket as a row of turns. A turn that no stage wants is relayed and only counted; the others run through
 * the engine. Where there are stages turns are taken one at a time, as Codex itself never has two under way on a socket
 * (codex-wire 6), so that the answers of one never stand within another's.
 */
import type { RawHeaders } from "../contracts.ts";
import { type Plan, plan } from "../engine.ts";
import { CodexPlusError } from "../errors.ts";
import { failureFrame } from "../protocol/failure.ts";
import { readFrame, TERMINAL } from "../protocol/frame.ts";
import { messageHead } from "../protocol/head.ts";
import { objectMembers } from "../protocol/json-spans.ts";
import type { WsMessage } from "../protocol/ws.ts";
import { OPCODE } from "../protocol/ws-frame.ts";
import type { Route } from "../providers/route.ts";
import { tapsOf } from "../taps.ts";
import type { Stage, Tap } from "../turn.ts";
import type { Front } from "./front.ts";
import { type Close, type Entry, idsOf, nextId, pathOf } from "./record.ts";
import { logged } from "./request.ts";
import { Link, type LinkOptions } from "./ws-link.ts";
import { WsTurn } from "./ws-turn.ts";

export interface SessionOptions extends Omit<LinkOptions, "maxMessage" | "whole"> {
  readonly front: Front;
  readonly route: Route;
  readonly url: string;
  /** The fields of the upgrade. */
  readonly headers: RawHeaders;
}

/** Nearly all messages begin with their type; what stands before it is told by so few bytes. */
const TYPE_FIRST = /^\s*\{\s*"type"\s*:\s*"([^"\\]*)"/;
const TYPE_BYTES = 64;
/** Bytes of waiting requests above which the client is paused. */
const MOST_WAITING = 8 * 1024 * 1024;
const CUT_SHORT = "the client left before the end of the turn";

/** A turn that is relayed as it comes. */
export interface Relayed {
  readonly entry: Entry;
  readonly tap: Tap | undefined;
  /** Told of its end. */
  readonly done?: (error?: CodexPlusError) => void;
}

export class Session {
  readonly link: Link;
  readonly #front: Front;
  readonly #options: SessionOptions;
  readonly #stages: readonly Stage[];
  /** The relayed turn under way. */
  #raw: Relayed | undefined;
  #turn: WsTurn | undefined;
  /** Settles when the turn under way is over. */
  #turnEnd: Promise<void> | undefined;
  /** Upstream has gone: nothing new is begun. */
  #lost = false;
  /** Requests that came while a turn was under way and have to wait for it. */
  readonly #waiting: WsMessage[] = [];
  #waitingBytes = 0;
  #stopping = false;
  /** Called when both sockets are done with. */
  onClosed: (() => void) | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#front = options.front;
    // Other sockets (voice) speak another language, which no stage knows.
    this.#stages = options.route.endpoint === "/responses" ? options.front.stages : [];
    this.link = new Link(
      { ...options, maxMessage: options.front.limits.messageBytes, whole: this.#stages.length > 0 },
      {
        fromClient: (message) => this.#fromClient(message),
        fromUpstream: (message) => this.#fromUpstream(message),
        relayed: (bytes) => this.#relayed(bytes),
        relayedMessage: (start) => this.#ended(typeAtStart(start)),
        upstreamGone: (error) => this.#upstreamGone(error),
        closed: (by, code) => this.#closed(by, code),
      },
    );
  }

  /** Whether the client waits for the answer to another request already. */
  get awaited(): boolean {
    return this.#waiting.length > 0;
  }

  get busy(): boolean {
    return this.#turn !== undefined || this.#raw !== undefined;
  }

  /** Ends the socket now if no turn is under way, else when it is over. Codex then reconnects by itself. */
  stop(): void {
    this.#stopping = true;
    if (!this.busy) this.link.close(1001, "codex-plus is stopping");
  }

  /** A turn that is relayed as it comes has begun (again: a stage has seen to its request). */
  track(relayed: Relayed): void {
    // A client that asks anew has done with the answer before, however that ended.
    this.#endRaw("done");
    this.#raw = relayed;
  }

  #fromClient(message: WsMessage): void {
    const type = message.opcode === OPCODE.text ? typeOf(message.payload) : undefined;
    const turn = this.#turn;
    if (type === "response.create") this.#asked(message);
    // Codex interrupts while a response streams; that must not wait (codex-wire 10.14).
    else if (type !== "response.interrupt" || turn?.interrupt() !== true) this.link.passUp(message);
  }

  #asked(message: WsMessage): void {
    if (this.#stages.length === 0 || !(this.busy || this.#waiting.length > 0)) {
      this.#create(message);
      return;
    }
    this.#waiting.push(message);
    this.#waitingBytes += message.payload.length;
    if (this.#waitingBytes > MOST_WAITING) this.link.pauseClient();
  }

  #create(message: WsMessage): void {
    const { front, url, headers, route } = this.#options;
    const entry = front.records.begin({
      id: nextId(),
      started: performance.now(),
      method: "GET",
      endpoint: route.endpoint ?? pathOf(url),
      provider: route.provider,
      wire: "ws",
    });
    entry.bytesUp = message.payload.length;
    entry.status = 101;
    let chosen: Plan | undefined;
    let tap: Tap | undefined;
    if (this.#stages.length === 0) this.link.passUp(message);
    const head = messageHead(url, headers, message.payload);
    Object.assign(entry, logged(head));
    if (this.#stages.length > 0) {
      const leftOut = (stage: Stage, err: unknown): void =>
        front.log.error({ id: entry.id, stage: stage.name, err }, "a stage failed and was left out of the turn");
      chosen = plan(this.#stages, head, leftOut);
      if (chosen.needs === "nothing") this.link.passUp(message);
      tap = tapsOf(this.#stages, head, entry, leftOut);
      tap?.asked(message.payload);
      tap?.arrived();
    }
    if (chosen === undefined || chosen.needs === "nothing") {
      this.track({ entry, tap });
      return;
    }
    const turn = new WsTurn({ front, session: this, head, plan: chosen, message, entry, tap });
    this.#turn = turn;
    this.#turnEnd = turn.run().then(() => this.#turnOver());
  }

  #turnOver(): void {
    this.#turn = undefined;
    // A request that was only edited goes on as a relayed one; the next waits for that too.
    if (this.busy || this.#lost) return;
    this.#next();
  }

  #next(): void {
    const message = this.#waiting.shift();
    if (message === undefined) {
      if (this.#stopping) this.stop();
      return;
    }
    this.#waitingBytes -= message.payload.length;
    if (this.#waitingBytes <= MOST_WAITING) this.link.resumeClient();
    this.#create(message);
  }

  #fromUpstream(message: WsMessage): void {
    if (this.#turn?.take(message)) return;
    if (!this.link.sendDown(message.payload, message.opcode)) {
      this.link.pauseUpstream();
      void this.link.clientDrained().then(() => this.link.resumeUpstream());
    }
    this.#relayed(message.payload.length);
    if (message.opcode !== OPCODE.text) return;
    const frame = readFrame(message.payload, (raw) => raw.toString("utf8"));
    this.#front.usage.look(this.#raw?.entry ?? {}, frame);
    this.#raw?.tap?.frame(frame);
    this.#ended(frame.type);
  }

  #relayed(bytes: number): void {
    const entry = this.#raw?.entry;
    if (entry === undefined) return;
    if (entry.firstByte === 0) entry.firstByte = performance.now();
    entry.bytesDown += bytes;
  }

  /** A relayed message has ended; if it ends the response, the turn is over. */
  #ended(type: string | undefined): void {
    if (type === undefined || !TERMINAL.has(type)) return;
    this.#endRaw("done");
    if (this.#turn === undefined && (this.#waiting.length > 0 || this.#stopping))
      setImmediate(() => this.busy || this.#lost || this.#next());
  }

  #endRaw(close: Close, error?: CodexPlusError): void {
    const raw = this.#raw;
    if (raw === undefined) return;
    this.#raw = undefined;
    this.#front.records.end(raw.entry, close, error, raw.tap);
    raw.done?.(close === "done" ? undefined : (error ?? new CodexPlusError("CP_UPSTREAM_CUT", CUT_SHORT)));
  }

  /** A close frame is upstream's own word and is relayed; a cut has no words, so they are ours. */
  #upstreamGone(error: CodexPlusError | undefined): Promise<void> | undefined {
    this.#lost = true;
    const lost = error ?? new CodexPlusError("CP_UPSTREAM_CUT", "the upstream closed the WebSocket");
    if (this.#turn !== undefined) {
      this.#turn.upstreamGone(lost, error === undefined);
      return this.#turnEnd;
    }
    const raw = this.#raw;
    if (raw === undefined) return undefined;
    if (error !== undefined) {
      const failure = failureFrame("ws", lost, raw.entry.id);
      this.link.sendDown(failure.raw);
      raw.tap?.frame(failure);
    }
    this.#endRaw("upstream cut", lost);
    return undefined;
  }

  #closed(by: "client" | "upstream" | "us", code: number): void {
    this.#lost = true;
    this.#endRaw(by === "us" ? "stopped" : "client gone");
    this.#turn?.clientGone();
    this.#front.log.info(
      { endpoint: this.#options.route.endpoint, by, code, ...idsOf(this.#options.headers) },
      "websocket closed",
    );
    this.onClosed?.();
  }
}

/** The type of a message: nearly always its first field. */
function typeOf(payload: Buffer): string | undefined {
  const first = typeAtStart(payload);
  if (first !== undefined) return first;
  const member = objectMembers(payload)?.find(({ key }) => key === "type");
  return member && payload.toString("utf8", member.start + 1, member.end - 1);
}

/** The type of a message that begins with it, from its first bytes; undefined where it begins otherwise. */
function typeAtStart(start: Buffer): string | undefined {
  return TYPE_FIRST.exec(start.toString("latin1", 0, TYPE_BYTES))?.[1];
}
