/** A session as one JSON document (document.ts says of what form), written as it is read. */
import type { ThreadRow, TurnRow } from "../ledger.ts";
import type { Reader } from "../store.ts";
import { blobsIn } from "./blobs.ts";
import type { Content, Part, Said } from "./content.ts";
import {
  SCHEMA,
  type SessionBlob,
  type SessionItem,
  type SessionLeg,
  type SessionThread,
  type SessionTurn,
  VERSION,
} from "./document.ts";

export async function* jsonOf(content: Content, reader: Reader): AsyncGenerator<string> {
  const blobs = new Set<string>();
  const places = new Places([content.session, ...content.below]);
  const { masked, inherited, session, below } = content;
  yield `{"schema":"${SCHEMA}","version":${VERSION},"masked":${masked},\n"inherited":`;
  yield* list(inherited, (part) => threadOf(part, content, places, blobs));
  yield `,\n"thread":`;
  yield* threadOf(session, content, places, blobs);
  yield `,\n"below":`;
  yield* list(below, (part) => threadOf(part, content, places, blobs));
  yield `,\n"blobs":{`;
  let before = "";
  for (const hash of blobs) {
    const blob = reader.blob(hash);
    if (blob === undefined) continue;
    const { mediaType, size, bytes } = blob;
    const data = bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
    yield `${before}\n"${hash}":${JSON.stringify({ mediaType, size, data } satisfies SessionBlob)}`;
    before = ",";
  }
  yield "}}\n";
}

async function* threadOf(part: Part, content: Content, places: Places, blobs: Set<string>): AsyncGenerator<string> {
  const items = async function* (turn: TurnRow | null): AsyncGenerator<string> {
    for await (const said of content.items(part, turn?.n ?? null)) {
      places.pass(part.thread.id, said.n);
      const json = JSON.stringify(itemOf(said, turn));
      for (const hash of blobsIn(json)) blobs.add(hash);
      yield json;
    }
  };
  const facts = threadFacts(part.thread, places);
  yield `{${members(facts)},\n"turns":`;
  yield* list(content.turns(part), async function* (turn) {
    yield `{${members(turnFacts(turn))},"items":`;
    yield* list(items(turn), (json) => [json]);
    yield "}";
  });
  yield `,"waiting":`;
  yield* list(items(null), (json) => [json]);
  yield "}";
}

function threadFacts(row: ThreadRow, places: Places): Omit<SessionThread, "turns" | "waiting"> {
  const { id, kind, root, parent, forkedFrom, agent, client, clientVersion, provider } = row;
  const { cwd, commit, model, effort, title } = row;
  const forkedAt = row.forkedAt === undefined ? undefined : places.of(row.forkedAt);
  const links = { id, kind, root, parent, forkedFrom, forkedAt, agent };
  return { ...links, client, clientVersion, provider, cwd, commit, model, effort, title };
}

function turnFacts({ n: _, thread: __, limits, legs, ...row }: TurnRow): Omit<SessionTurn, "items"> {
  return { ...row, limits: limits && [...limits], legs: legs.map(({ n: _, ...leg }): SessionLeg => leg) };
}

/** @param turn the one it stands in; null for what waits for one */
export function itemOf(said: Said, turn: TurnRow | null): SessionItem {
  const { id, type, role, tool, callId, out, partial, at, mcp, body, sent } = said;
  const leg = turn?.legs.findIndex(({ n }) => n === said.leg) ?? -1;
  return {
    id,
    type,
    role,
    tool,
    callId,
    out,
    partial: partial || undefined,
    leg: leg < 0 ? undefined : leg,
    at,
    mcp,
    body: { ...body },
    sent: sent?.map((item) => ({ ...item })),
  };
}

/** Where in the document the items are that forks go off at. */
class Places {
  readonly #wanted: ReadonlySet<number | undefined>;
  readonly #places = new Map<number, { thread: string; item: number }>();
  readonly #counts = new Map<string, number>();

  constructor(parts: readonly Part[]) {
    this.#wanted = new Set(parts.map(({ thread }) => thread.forkedAt));
  }

  /** The next item of the thread, in the order of the document. */
  pass(thread: string, n: number): void {
    const item = this.#counts.get(thread) ?? 0;
    this.#counts.set(thread, item + 1);
    if (this.#wanted.has(n)) this.#places.set(n, { thread, item });
  }

  of(n: number): { thread: string; item: number } | undefined {
    return this.#places.get(n);
  }
}

/** The members of an object, so that others may follow. */
function members(value: object): string {
  return JSON.stringify(value).slice(1, -1);
}

async function* list<Of>(
  all: Iterable<Of> | AsyncIterable<Of>,
  write: (each: Of) => Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<string> {
  yield "[";
  let before = "";
  for await (const each of all) {
    yield `${before}\n`;
    yield* write(each);
    before = ",";
  }
  yield "]";
}
