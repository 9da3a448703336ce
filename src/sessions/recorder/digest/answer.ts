/** What came down: read from the bytes of a stream, from whole events, or from one JSON body. */
import type { RawHeaders } from "../../../contracts.ts";
import { decodeNow } from "../../../protocol/decode.ts";
import { readFrame, TERMINAL, type Wire, type WireEvent } from "../../../protocol/frame.ts";
import { header } from "../../../protocol/headers.ts";
import type { Item } from "../../../protocol/request.ts";
import { dataOf } from "../../../protocol/sse.ts";
import type { ItemFacts, LegState, Limit, Usage } from "../../ledger.ts";
import { Deltas } from "./deltas.ts";
import { EventCutter, isDelta } from "./events.ts";
import { Growing } from "./growing.ts";
import { itemFacts } from "./item.ts";
import { limitsOfError, limitsOfEvent, limitsOfFields } from "./limits.ts";
import { type Failure, failureIn, failureOf, stateOf, usageOf } from "./response.ts";
import { type Fields, fieldsOf, listOf, numberOf, parsedFields, textOf } from "./values.ts";

/** A body that is no stream is kept so far. */
const MOST_BYTES = 96 * 1024 * 1024;

export interface AnswerFacts {
  readonly items: readonly ItemFacts[];
  /** What the answer itself says of its end; undefined where it does not. */
  readonly state: LegState | undefined;
  readonly status: number | undefined;
  readonly responseId: string | undefined;
  readonly usage: Usage | undefined;
  readonly limits: readonly Limit[] | undefined;
  readonly error: Failure | undefined;
  /** Something of it was too long, or nested too deep, to be kept. */
  readonly dropped: boolean;
}

export class Answer {
  readonly #wire: Wire;
  readonly #blobBytes: number;
  readonly #deltas: Deltas;
  readonly #cutter = new EventCutter((bytes, start, end) => this.#see(bytes, start, end));
  /** The bytes of an answer that can be read only when it is whole. */
  #body: Growing | undefined;
  #began = false;
  #headers: RawHeaders = [];
  #status: number | undefined;
  #items: ItemFacts[] = [];
  readonly #limits = new Map<string, Limit>();
  /** `response.created`, read only if nothing better comes. */
  #created: Buffer | undefined;
  #response: Fields = {};
  #state: LegState | undefined;
  #error: Failure | undefined;
  #dropped = false;

  constructor(wire: Wire, blobBytes: number) {
    this.#wire = wire;
    this.#blobBytes = blobBytes;
    this.#deltas = new Deltas((raw) => this.#textOf(raw));
  }

  answered(status: number, headers: RawHeaders): void {
    // A socket's 101 says nothing of the turn.
    this.#status = status === 101 ? undefined : status;
    this.#headers = headers;
    this.#keep(limitsOfFields(headers));
  }

  /** Bytes of the answer, cut anywhere. */
  bytes(piece: Buffer): void {
    if (!this.#began && piece.length > 0) {
      this.#began = true;
      if (!this.#isPlainStream(piece)) this.#body = new Growing();
    }
    if (this.#body === undefined) this.#cutter.push(piece);
    else if (this.#body.length + piece.length <= MOST_BYTES) this.#body.push(piece);
    else this.#dropped = true;
  }

  /** Whole events. @param ends where each ends */
  events(bytes: Buffer, ends: readonly number[]): void {
    let start = 0;
    for (const end of ends) {
      this.#see(bytes, start, end);
      start = end;
    }
  }

  /** Once, last. */
  end(): AnswerFacts {
    this.#readBody();
    this.#cutter.end();
    if (this.#refused) {
      this.#state ??= "failed";
      this.#error ??= failureIn("", this.#status ?? 0);
    }
    const partial = this.#deltas.items().flatMap((item) => this.#factsOf(item, true));
    const { id, usage } = this.#response;
    const complete = this.#state !== undefined && this.#state !== "failed";
    const created = complete || this.#created === undefined ? undefined : this.#event(this.#created)?.response;
    return {
      items: [...this.#items, ...partial],
      state: this.#state,
      status: this.#status,
      responseId: textOf(id) ?? textOf(fieldsOf(created).id),
      usage: usageOf(usage),
      limits: this.#limits.size === 0 ? undefined : [...this.#limits.values()],
      error: this.#error,
      dropped: this.#dropped || this.#cutter.tooLong,
    };
  }

  /** Whether the answer is an HTTP error. */
  get #refused(): boolean {
    return this.#status !== undefined && this.#status >= 400;
  }

  #isPlainStream(piece: Buffer): boolean {
    if ((header(this.#headers, "content-encoding") ?? "identity") !== "identity") return false;
    return this.#isStream(piece);
  }

  /** By its content type, or where it has none by its first byte. */
  #isStream(body: Buffer): boolean {
    const type = header(this.#headers, "content-type");
    if (type !== undefined) return type.includes("event-stream");
    if (this.#refused) return false;
    return !/^\s*[{<]/.test(body.toString("latin1", 0, 16));
  }

  #readBody(): void {
    if (this.#body === undefined) return;
    let body: Buffer;
    try {
      body = decodeNow(this.#body.bytes, header(this.#headers, "content-encoding"), MOST_BYTES);
    } catch {
      this.#dropped = true;
      return;
    }
    this.#body = undefined;
    if (this.#isStream(body)) this.#cutter.push(body);
    else this.#seeBody(body.toString("utf8"));
  }

  #seeBody(text: string): void {
    if (this.#refused) {
      this.#error = failureIn(text, this.#status ?? 0);
      return;
    }
    const response = parsedFields(text);
    if (Object.keys(response).length > 0) this.#ended("response.completed", response);
  }

  #see(bytes: Buffer, start: number, end: number): void {
    // On a socket the first event says what a 200 says on HTTP.
    if (this.#wire === "ws") this.#status ??= 200;
    if (isDelta(bytes, start, end)) {
      this.#deltas.push(bytes, start, end);
      return;
    }
    const raw = bytes.subarray(start, end);
    const frame = readFrame(raw, (event) => this.#textOf(event));
    const { type } = frame;
    if (type === "response.created") this.#created ??= Buffer.from(raw);
    else if (type.endsWith(".delta")) this.#deltas.push(bytes, start, end);
    else if (SEEN.has(type)) this.#read(frame.json());
  }

  #read(event: WireEvent | undefined): void {
    if (event === undefined) return;
    const { type } = event;
    if (type === "response.output_item.added") this.#deltas.added(event);
    else if (type === "response.output_item.done") {
      this.#deltas.done();
      this.#items.push(...this.#factsOf(event.item));
    } else if (type === "codex.rate_limits") this.#keep(limitsOfEvent(event.rate_limits));
    else if (type === "error") {
      this.#keep(limitsOfError(event.headers));
      this.#status = numberOf(event.status) ?? this.#status;
      this.#state = "failed";
      this.#error = failureOf(event.error ?? event);
    } else this.#ended(type, fieldsOf(event.response));
  }

  /** A terminal event, or an answer that came as one body. */
  #ended(type: string, response: Fields): void {
    this.#response = response;
    this.#state = stateOf(type, response);
    this.#error = this.#state === "failed" ? failureOf(response.error) : undefined;
    if (this.#state === "completed") this.#deltas.done();
    // What was not told as done on the way: all of it where the answer is no stream.
    const known = new Set(this.#items.map(({ id, hash }) => id ?? hash));
    const items = listOf(response.output).flatMap((item) => this.#factsOf(item));
    this.#items.push(...items.filter(({ id, hash }) => !known.has(id ?? hash)));
  }

  /** None of an item that nests too deep to be read: the rest of the answer is kept. */
  #factsOf(item: unknown, partial = false): ItemFacts[] {
    try {
      return [itemFacts(fieldsOf(item) as Item, { blobBytes: this.#blobBytes, partial })];
    } catch {
      this.#dropped = true;
      return [];
    }
  }

  #keep(limits: readonly Limit[]): void {
    for (const limit of limits) this.#limits.set(limit.name, limit);
  }

  #event(raw: Buffer): WireEvent | undefined {
    return readFrame(raw, (event) => this.#textOf(event)).json();
  }

  #textOf(raw: Buffer): string | undefined {
    return this.#wire === "sse" ? dataOf(raw) : raw.toString("utf8");
  }
}

const SEEN: ReadonlySet<string> = new Set([
  ...TERMINAL,
  "response.output_item.added",
  "response.output_item.done",
  "codex.rate_limits",
]);
