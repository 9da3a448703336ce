/**
 * The body of a model request (an HTTP body or a `response.create` message: the same object). Parsed on first look,
 * written anew only where it was changed: every byte that no stage touched goes up as it came.
 */
import { CodexPlusError } from "../errors.ts";
import { arrayElements, objectMembers, type Span } from "./json-spans.ts";

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
}

/** Bytes of the original, or text that takes their place. */
type Piece = Span | string;

export class RequestBody {
  readonly #original: Buffer;
  #json: RequestJson | undefined;
  #askedModel: string | undefined;
  /** Values of top-level fields that were changed (undefined: removed). */
  #fields: Map<string, string | undefined> | undefined;
  /** The elements of `input`, once one of them was changed. */
  #items: Piece[] | undefined;

  /** @param bytes the decoded body, UTF-8 JSON */
  constructor(bytes: Buffer) {
    this.#original = bytes;
  }

  /**
   * The request as it stands now, edits included.
   * @throws CodexPlusError CP_REQUEST_INVALID when the body is not a JSON object
   */
  json(): RequestJson {
    this.#json ??= parse(this.#original);
    return this.#json;
  }

  /** The model that the client asked for, whatever a stage has made of it since; undefined while nothing was edited. */
  get askedModel(): string | undefined {
    return this.#askedModel;
  }

  get edited(): boolean {
    return this.#fields !== undefined || this.#items !== undefined;
  }

  /** Changes the request. @throws CodexPlusError CP_REQUEST_INVALID when the body is not a JSON object */
  edit(change: (draft: RequestDraft) => void): void {
    if (!this.edited) this.#askedModel = this.json().model;
    const json: Record<string, unknown> = { ...this.json() };
    this.#json = json as RequestJson;
    change({
      set: (field, value) => {
        json[field] = value;
        this.#setField(field, JSON.stringify(value));
      },
      remove: (field) => {
        delete json[field];
        this.#setField(field, undefined);
      },
      replaceItem: (index, item) => this.#spliceItems(json, index, 1, item),
      insertItem: (index, item) => this.#spliceItems(json, index, 0, item),
      removeItem: (index) => this.#spliceItems(json, index, 1),
    });
  }

  /** The body as it goes up: the very bytes that came where nothing was edited. */
  bytes(): Buffer {
    if (!this.edited) return this.#original;
    const members = objectMembers(this.#original) ?? [];
    const written = new Set<string>();
    const pieces: (Buffer | string)[] = [];
    for (const member of members) {
      const { key } = member;
      const separator = pieces.length === 0 ? "{" : ",";
      if (this.#fields?.has(key)) {
        const value = this.#fields.get(key);
        if (value !== undefined && !written.has(key)) pieces.push(`${separator}${JSON.stringify(key)}:${value}`);
      } else if (key === "input" && this.#items !== undefined) {
        pieces.push(`${separator}"input":[`, ...joined(this.#original, this.#items), "]");
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

  #setField(field: string, value: string | undefined): void {
    this.#fields ??= new Map();
    this.#fields.set(field, value);
    if (field === "input") this.#items = undefined;
  }

  #spliceItems(json: Record<string, unknown>, index: number, remove: number, ...items: Item[]): void {
    const current = json.input;
    if (!Array.isArray(current))
      throw new CodexPlusError("CP_REQUEST_INVALID", "the request has no list of input items");
    if (index < 0 || index + remove > current.length)
      throw new RangeError(`no input item ${index} of ${current.length}`);
    const changed = [...current];
    changed.splice(index, remove, ...items);
    json.input = changed;
    if (this.#fields?.has("input")) {
      this.#fields.set("input", JSON.stringify(changed));
      return;
    }
    this.#items ??= [...this.#elements()];
    this.#items.splice(index, remove, ...items.map((item) => JSON.stringify(item)));
  }

  #elements(): Span[] {
    // JSON.parse lets the last of two members of one name win, so do we.
    const input = objectMembers(this.#original)?.findLast((member) => member.key === "input");
    return (input && arrayElements(this.#original, input.start)) ?? [];
  }
}

function* joined(original: Buffer, pieces: readonly Piece[]): Generator<Buffer | string> {
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) yield ",";
    yield typeof piece === "string" ? piece : original.subarray(piece.start, piece.end);
  }
}

function parse(bytes: Buffer): RequestJson {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    // The engine's own message quotes the text, which must not reach a log: only the place is kept.
    const place = cause instanceof Error ? / at position \d+/.exec(cause.message)?.[0] : undefined;
    throw new CodexPlusError("CP_REQUEST_INVALID", `the request body is not JSON${place ?? ""}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CodexPlusError("CP_REQUEST_INVALID", "the request body is JSON, but not an object");
  }
  return value as RequestJson;
}
