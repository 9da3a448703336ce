/**
 * The body of a model request (an HTTP body or a `response.create` message: the same object). Parsed on first look,
 * written anew only where it was changed: every byte that no stage touched goes up as it came.
 */
import { CodexPlusError } from "../errors.ts";
import { type Member, objectMembers, type Span } from "./json-spans.ts";

/** An item of `input`. Unknown types and fields pass untouched. */
export interface Item {
  readonly type?: string;
  readonly id?: string;
  readonly [field: string]: unknown;
}

/** The dozen fields that features read; all else passes. */
export interface RequestJson {
  readonly type?: string;
  readonly model?: string;
  readonly input?: string | readonly Item[];
  readonly previous_response_id?: string;
  readonly generate?: boolean;
  readonly client_metadata?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** The changes a stage may make. Each takes effect at once; indexes are those of the items as they then stand. */
export interface RequestDraft {
  set(field: string, value: unknown): void;
  remove(field: string): void;
  replaceItem(index: number, item: Item): void;
  insertItem(index: number, item: Item): void;
  removeItem(index: number): void;
  /** `remove` items from `index` on make way for these, each given as the very JSON text that is to go up. */
  spliceItems(index: number, remove: number, texts: readonly string[]): void;
}

/** Which element of the original `input`, or the JSON text of an item that takes a place among them. */
type Piece = number | string;

/** Where the top-level fields and the items of `input` lie; neither has been parsed. */
interface Shape {
  readonly members: readonly Member[];
  readonly elements: readonly Span[];
  /** Whether `input` is a list: it may also be one string, or missing. */
  readonly list: boolean;
}

const OPEN_BRACKET = 0x5b;

export class RequestBody {
  readonly #original: Buffer;
  #shape: Shape | undefined;
  #json: RequestJson | undefined;
  #askedModel: string | undefined;
  /** Values of top-level fields that were changed (undefined: removed). */
  #fields: Map<string, string | undefined> | undefined;
  /** The elements of `input`, once one of them was changed. */
  #items: Piece[] | undefined;
  /** The request as it stands after the last edit, once somebody wanted it so. */
  #written: Buffer | undefined;
  #writtenShape: Shape | undefined;

  /** @param bytes the decoded body, UTF-8 JSON */
  constructor(bytes: Buffer) {
    this.#original = bytes;
  }

  /**
   * The request as it stands now, edits included.
   * @throws CodexPlusError CP_REQUEST_INVALID when the body is not a JSON object
   */
  json(): RequestJson {
    this.#json ??= parse(this.bytes());
    return this.#json;
  }

  /** One top-level field as it stands now, without parsing the rest. @throws CodexPlusError CP_REQUEST_INVALID */
  field(name: string): unknown {
    if (this.#json !== undefined || (name === "input" && this.#items !== undefined)) return this.json()[name];
    if (this.#fields?.has(name)) {
      const value = this.#fields.get(name);
      return value === undefined ? undefined : JSON.parse(value);
    }
    const member = this.#layout().members.findLast(({ key }) => key === name);
    return member === undefined ? undefined : parseValue(this.#original.subarray(member.start, member.end));
  }

  /** The model that the client asked for, once a stage has set another; undefined while none has. */
  get askedModel(): string | undefined {
    return this.#askedModel;
  }

  get edited(): boolean {
    return this.#fields !== undefined || this.#items !== undefined;
  }

  /**
   * Where the items of `input` lie, as they stand now: for finding a few among many without parsing them all. Empty
   * where `input` is no list.
   * @throws CodexPlusError CP_REQUEST_INVALID when the body is not a JSON object
   */
  items(): { readonly bytes: Buffer; readonly spans: readonly Span[] } {
    if (!this.edited) return { bytes: this.#original, spans: this.#layout().elements };
    const bytes = this.bytes();
    this.#writtenShape ??= layout(bytes);
    return { bytes, spans: this.#writtenShape.elements };
  }

  /** Changes the request. @throws CodexPlusError CP_REQUEST_INVALID when the body is not a JSON object */
  edit(change: (draft: RequestDraft) => void): void {
    this.#layout();
    change({
      set: (field, value) => this.#setField(field, value),
      remove: (field) => this.#setField(field, undefined),
      replaceItem: (index, item) => this.#spliceItems(index, 1, [JSON.stringify(item)]),
      insertItem: (index, item) => this.#spliceItems(index, 0, [JSON.stringify(item)]),
      removeItem: (index) => this.#spliceItems(index, 1, []),
      spliceItems: (index, remove, texts) => this.#spliceItems(index, remove, texts),
    });
  }

  /** The body as it goes up: the very bytes that came where nothing was edited. */
  bytes(): Buffer {
    if (!this.edited) return this.#original;
    this.#written ??= this.#write();
    return this.#written;
  }

  #write(): Buffer {
    const { members, elements } = this.#layout();
    const written = new Set<string>();
    const pieces: (Buffer | string)[] = [];
    for (const member of members) {
      const { key } = member;
      const separator = pieces.length === 0 ? "{" : ",";
      if (this.#fields?.has(key)) {
        const value = this.#fields.get(key);
        if (value !== undefined && !written.has(key)) pieces.push(`${separator}${JSON.stringify(key)}:${value}`);
      } else if (key === "input" && this.#items !== undefined) {
        pieces.push(`${separator}"input":[`, ...runs(this.#original, elements, this.#items), "]");
      } else {
        pieces.push(separator, this.#original.subarray(member.from, member.end));
      }
      written.add(key);
    }
    for (const [key, value] of this.#fields ?? []) {
      if (value === undefined || written.has(key)) continue;
      pieces.push(`${pieces.length === 0 ? "{" : ","}${JSON.stringify(key)}:${value}`);
    }
    pieces.push(pieces.length === 0 ? "{}" : "}");
    return Buffer.concat(pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece) : piece)));
  }

  #layout(): Shape {
    this.#shape ??= layout(this.#original);
    return this.#shape;
  }

  /** @param value undefined removes the field */
  #setField(field: string, value: unknown): void {
    if (field === "model") this.#askedModel ??= this.json().model;
    this.#fields ??= new Map();
    this.#fields.set(field, JSON.stringify(value));
    this.#changed();
    if (field === "input") this.#items = undefined;
    if (this.#json === undefined) return;
    const { [field]: _, ...rest } = this.#json;
    this.#json = value === undefined ? rest : { ...this.#json, [field]: value };
  }

  #spliceItems(index: number, remove: number, texts: readonly string[]): void {
    const replaced = this.#fields?.has("input") ?? false;
    const { elements, list } = this.#layout();
    const input = replaced ? this.json().input : this.#json?.input;
    if (replaced ? !Array.isArray(input) : !list)
      throw new CodexPlusError("CP_REQUEST_INVALID", "the request has no list of input items");
    const pieces = this.#items ?? Array.from(elements.keys());
    const length = Array.isArray(input) ? input.length : pieces.length;
    if (index < 0 || index + remove > length) throw new RangeError(`no input item ${index} of ${length}`);
    if (Array.isArray(input)) {
      const changed = input.toSpliced(index, remove, ...texts.map((text): Item => JSON.parse(text)));
      this.#json = { ...this.#json, input: changed };
      if (replaced) this.#fields?.set("input", JSON.stringify(changed));
    }
    this.#changed();
    if (replaced) return;
    pieces.splice(index, remove, ...texts);
    this.#items = pieces;
  }

  #changed(): void {
    this.#written = undefined;
    this.#writtenShape = undefined;
  }
}

/** @throws CodexPlusError CP_REQUEST_INVALID when the bytes are not a JSON object */
function layout(bytes: Buffer): Shape {
  const elements: Span[] = [];
  const members = objectMembers(bytes, 0, "input", elements);
  if (members === undefined) {
    parse(bytes);
    throw new CodexPlusError("CP_REQUEST_INVALID", "the request body is not JSON");
  }
  const input = members.findLast(({ key }) => key === "input");
  return { members, elements, list: input !== undefined && bytes[input.start] === OPEN_BRACKET };
}

/** The items in order; those that still stand beside each other as they came are copied in one piece. */
function* runs(original: Buffer, elements: readonly Span[], pieces: readonly Piece[]): Generator<Buffer | string> {
  for (let i = 0; i < pieces.length; i += 1) {
    if (i > 0) yield ",";
    const first = pieces[i] as Piece;
    if (typeof first === "string") {
      yield first;
      continue;
    }
    let last = first;
    while (pieces[i + 1] === last + 1) {
      last += 1;
      i += 1;
    }
    yield original.subarray((elements[first] as Span).start, (elements[last] as Span).end);
  }
}

function parse(bytes: Buffer): RequestJson {
  const value = parseValue(bytes);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CodexPlusError("CP_REQUEST_INVALID", "the request body is JSON, but not an object");
  }
  return value as RequestJson;
}

function parseValue(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    // The engine's own message quotes the text, which must not reach a log: only the place is kept.
    const place = cause instanceof Error ? / at position \d+/.exec(cause.message)?.[0] : undefined;
    throw new CodexPlusError("CP_REQUEST_INVALID", `the request body is not JSON${place ?? ""}`);
  }
}
