/** One request with its answer: notes of it go in, its leg comes out, as far as it is known. */
import type { RequestBody } from "../../../protocol/request.ts";
import type { Blob, ItemFacts, Leg, LegState, ThreadFacts } from "../../ledger.ts";
import type { Begun, Called, Ended, Note } from "../notes.ts";
import { Answer, type AnswerFacts } from "./answer.ts";
import { itemFacts } from "./item.ts";
import { type Digest, type RequestFacts, requestBody, requestFacts } from "./request.ts";
import { sentInPlace } from "./sent.ts";
import { fieldsOf, parsedFields, textOf } from "./values.ts";

/** A title is one short line. */
const TITLE_LENGTH = 200;
/** What went up in the place of something: no item at all. */
const NOTHING = "[]";

export class Recording {
  readonly #begun: Begun;
  readonly #digest: Digest;
  readonly #request: RequestFacts;
  readonly #answer: Answer;
  /** As it came, until the answer begins: what goes up in its place is told before. */
  #body: RequestBody | undefined;
  #asked: readonly ItemFacts[];

  constructor(begun: Begun, digest: Digest) {
    this.#begun = begun;
    this.#digest = digest;
    this.#body = requestBody(begun.body, begun.headers);
    this.#request = requestFacts(begun, this.#body, digest);
    this.#asked = this.#request.items.map(({ facts }) => facts);
    this.#answer = new Answer(begun.wire, digest.blobBytes);
  }

  /** A note of this request, behind the first. @returns its leg once it has ended */
  see(note: Exclude<Note, Begun | Called>): Leg | undefined {
    if (note.what === "sent") this.#sent(note.body);
    else if (note.what === "ended") return this.#end(note);
    else {
      this.#body = undefined;
      if (note.what === "answered") this.#answer.answered(note.status, note.headers);
      else if (note.what === "bytes") this.#answer.bytes(bufferOf(note.bytes));
      else this.#answer.events(bufferOf(note.bytes), note.ends);
    }
    return undefined;
  }

  /** The leg while nothing is known of its answer. */
  open(): Leg {
    const { origin, cwd, model, effort, previous, whole, stream, fresh } = this.#request;
    const { id, wire, at, body } = this.#begun;
    return {
      key: `${this.#digest.run}/${id}`,
      thread: { ...origin.thread, cwd, model, effort },
      turn: origin.turn,
      begins: fresh && origin.turn === undefined && origin.kind !== "warmup",
      trigger: origin.trigger,
      kind: origin.kind,
      wire: stream ? wire : "json",
      model,
      effort,
      started: at,
      state: "open",
      local: false,
      dropped: body === undefined,
      previous,
      asked: this.#asked,
      whole,
      answered: [],
    };
  }

  #sent(bytes: Uint8Array): void {
    const went = requestBody(bytes, this.#begun.headers);
    if (this.#body === undefined || went === undefined) return;
    const places = sentInPlace(this.#body.items(), went.items());
    this.#asked = this.#request.items.map(({ index, facts }) => {
      const texts = places.get(index);
      return texts === undefined ? facts : this.#withSent(facts, texts);
    });
  }

  #withSent(facts: ItemFacts, texts: readonly string[]): ItemFacts {
    const sent = texts.map((json) =>
      itemFacts(fieldsOf(JSON.parse(json)), { blobBytes: this.#digest.blobBytes, json }),
    );
    const blobs = new Map<string, Blob>();
    for (const blob of [facts, ...sent].flatMap((each) => each.blobs)) blobs.set(blob.hash, blob);
    return { ...facts, sent: `[${sent.map(({ body }) => body).join(",")}]`, blobs: [...blobs.values()] };
  }

  #end(ended: Ended): Leg {
    const answer = this.#answer.end();
    const { known } = this.#request;
    const open = this.open();
    if (open.kind === "warmup" && known !== undefined) known.warmup = answer.responseId;
    const state = stateOf(answer, ended);
    const wrong = state === "failed" || state === "cut";
    return {
      ...open,
      firstByteMs: rounded(ended.firstByteMs),
      ms: rounded(ended.ms),
      state,
      status: answer.status,
      local: ended.local,
      dropped: open.dropped || ended.dropped || answer.dropped,
      responseId: answer.responseId,
      usage: answer.usage,
      limits: answer.limits,
      error: wrong ? (ended.error ?? answer.error) : undefined,
      asked: ended.local ? notSent(open.asked) : open.asked,
      answered: ended.local ? answer.items.map((item) => ({ ...item, sent: NOTHING })) : answer.items,
      names: state === "completed" ? named(open.thread, answer) : undefined,
    };
  }
}

/** What we have answered ourselves never goes up, nor does what was asked. */
function notSent(asked: readonly ItemFacts[]): readonly ItemFacts[] {
  const last = asked.findLastIndex(({ role }) => role === "user");
  return asked.map((item, index) => (index === last ? { ...item, sent: NOTHING } : item));
}

/** What the answer says of its end goes before how the connection ended: a client may leave as soon as it knows. */
function stateOf({ state }: AnswerFacts, { close, dropped }: Ended): LegState {
  // Of a cut the client is told by a failure of ours.
  if (state !== undefined && !(state === "failed" && close === "upstream cut")) return state;
  if (close === "refused" || close === "failed") return "failed";
  if (close === "client gone") return "interrupted";
  return close === "done" && dropped ? "completed" : "cut";
}

/** Codex asks for a title in a thread of its own, beside the one that is to have it. */
function named({ kind, root }: ThreadFacts, { items }: AnswerFacts): Leg["names"] {
  if (kind !== "title") return undefined;
  const said = items.findLast(({ role }) => role === "assistant");
  const title = textOf(parsedFields(said?.text).title)?.replaceAll(/\s+/g, " ").trim().slice(0, TITLE_LENGTH);
  return title === undefined || title === "" ? undefined : { thread: root, title };
}

function bufferOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

function rounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 100) / 100;
}
