/** Conversations as notes for the recorder's worker: told over either wire, their bytes in any pieces; or recorded ones. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Leg } from "../../../src/sessions/ledger.ts";
import { Known } from "../../../src/sessions/recorder/digest/known.ts";
import { Recording } from "../../../src/sessions/recorder/digest/recording.ts";
import { answerFields, requestFields } from "../../../src/sessions/recorder/fields.ts";
import type { Begun, Ended, Note } from "../../../src/sessions/recorder/notes.ts";
import type { Wire } from "../../../src/turn.ts";

export type Json = Readonly<Record<string, unknown>>;

export const THREAD = "01a20215-0000-7000-8000-000000000001";
export const TURN = "01a20215-0000-7000-8000-000000000002";

/** The turn metadata of a person's turn, with other fields in place of some. */
export function metadata(more: Json = {}): string {
  return JSON.stringify({
    installation_id: "secret",
    session_id: THREAD,
    thread_id: THREAD,
    agent_name: "/root",
    turn_id: TURN,
    request_kind: "turn",
    thread_source: "user",
    turn_trigger: "exec",
    reasoning_effort: "low",
    workspaces: { "/home/user/project": { latest_git_commit_hash: "a083f89f" } },
    ...more,
  });
}

export interface Exchange {
  readonly wire?: Wire;
  readonly id?: string;
  readonly headers?: readonly string[];
  /** The request; its bytes where it is no JSON. */
  readonly request: Json | Buffer;
  readonly sent?: Json;
  readonly status?: number;
  readonly answerHeaders?: readonly string[];
  /** Events, or bytes that are none. */
  readonly answer?: readonly Json[] | Buffer;
  readonly end?: Partial<Ended>;
}

const CLIENT = ["originator", "codex_exec", "user-agent", "codex_exec/0.169.0 (Debian) xterm", "version", "0.169.0"];

/** @param cut takes the answer's bytes to pieces; without it a socket's events are told one by one, a stream's in one piece */
export function notesOf(exchange: Exchange, cut?: (bytes: Buffer) => Buffer[]): Note[] {
  const { wire = "sse", id = "r1", headers = [], request, sent, status = 200, answer = [], end } = exchange;
  const bytesOf = (json: Json | Buffer): Buffer => (Buffer.isBuffer(json) ? json : Buffer.from(JSON.stringify(json)));
  const notes: Note[] = [
    {
      what: "begun",
      id,
      wire,
      provider: "openai",
      path: "/responses",
      at: 1000,
      headers: [...CLIENT, ...headers],
      body: bytesOf(wire === "ws" && !Buffer.isBuffer(request) ? { type: "response.create", ...request } : request),
    },
  ];
  if (sent !== undefined) notes.push({ what: "sent", id, body: bytesOf(sent) });
  if (wire === "sse") notes.push({ what: "answered", id, status, headers: exchange.answerHeaders ?? [] });
  const pieces = Buffer.isBuffer(answer) ? [answer] : answer.map((event) => eventBytes(wire, event));
  if (wire === "sse") {
    const all = Buffer.concat(pieces);
    for (const bytes of cut?.(all) ?? [all]) notes.push({ what: "bytes", id, bytes });
  } else {
    let ends = 0;
    notes.push({
      what: "events",
      id,
      bytes: Buffer.concat(pieces),
      ends: pieces.map(({ length }) => (ends += length)),
    });
  }
  notes.push({ ...ENDED, id, ...end });
  return notes;
}

const ENDED: Ended = {
  what: "ended",
  id: "",
  ms: 20.123,
  firstByteMs: 10.456,
  close: "done",
  local: false,
  error: undefined,
  dropped: false,
};

export function eventBytes(wire: Wire, event: Json): Buffer {
  const json = JSON.stringify(event);
  return Buffer.from(wire === "ws" ? json : `event: ${String(event.type)}\ndata: ${json}\n\n`);
}

/** The legs of requests that are told one after the other, as they are when they have ended. */
export function legsOf(notes: readonly Note[], blobBytes = 1000): Leg[] {
  const digest = { run: "run", blobBytes, known: new Known() };
  const recordings = new Map<string, Recording>();
  return notes.flatMap((note) => {
    if (note.what === "begun") recordings.set(note.id, new Recording(note, digest));
    else if (note.what !== "called") return recordings.get(note.id)?.see(note) ?? [];
    return [];
  });
}

/** The one leg of an exchange. */
export function legOf(exchange: Exchange, cut?: (bytes: Buffer) => Buffer[]): Leg {
  return legsOf(notesOf(exchange, cut))[0] as Leg;
}

/** One event of a recording; which fields it has depends on its kind. */
interface Recorded {
  readonly t: number;
  readonly kind: string;
  readonly dir?: string;
  readonly method?: string;
  readonly status?: number;
  readonly headers?: [string, string][] | Record<string, string>;
  readonly body?: Json;
}

/** A recording of a real Codex, as notes. */
export function recordedNotes(name: string): Note[] {
  const text = readFileSync(join(import.meta.dirname, `../../flows/captures/${name}.jsonl`), "utf8");
  const notes: Note[] = [];
  let upgrade: string[] = [];
  let open: string | undefined;
  const end = (): void => {
    if (open !== undefined) notes.push({ ...ENDED, id: open });
    open = undefined;
  };
  const begin = (wire: Wire, headers: string[], { t, body }: Recorded): void => {
    end();
    open = `r${notes.filter(({ what }) => what === "begun").length + 1}`;
    const head = { wire, headers, kind: "main", thread: "", parents: [], turn: "", method: "", path: "" } as const;
    const told = requestFields(head, true);
    const plain = told.filter((_, index) => told[index - (index % 2)] !== "content-encoding");
    const bytes = Buffer.from(JSON.stringify(body));
    const begun: Begun = {
      what: "begun",
      id: open,
      wire,
      provider: "openai",
      path: "",
      at: t,
      headers: plain,
      body: bytes,
    };
    notes.push(begun);
  };
  for (const line of text.trim().split("\n")) {
    const event = JSON.parse(line) as Recorded;
    const { kind, method, body = {}, status = 0 } = event;
    const headers = (Array.isArray(event.headers) ? event.headers : Object.entries(event.headers ?? {})).flat();
    const up = event.dir === "codex->proxy";
    if (kind === "ws-upgrade") upgrade = headers;
    else if (kind === "http-request" && method === "POST") begin("sse", headers, event);
    else if (kind === "ws-text" && up && body.type === "response.create") begin("ws", upgrade, event);
    else if (open === undefined || up) continue;
    else if (kind === "http-response") {
      notes.push({ what: "answered", id: open, status, headers: answerFields(headers) });
      if (status !== 200) notes.push({ what: "bytes", id: open, bytes: Buffer.from(JSON.stringify(body)) });
    } else if (kind === "sse-event") notes.push({ what: "bytes", id: open, bytes: eventBytes("sse", body) });
    else if (kind === "ws-text") {
      const bytes = eventBytes("ws", body);
      notes.push({ what: "events", id: open, bytes, ends: [bytes.length] });
    }
  }
  end();
  return notes;
}
