/** Writes legs down as they become known, and keeps what the store does not take for now. */
import { CodexPlusError, toCodexPlusError } from "../../errors.ts";
import type { Call, Leg } from "../ledger.ts";
import type { Writer } from "../store.ts";
import { callOf } from "./digest/call.ts";
import { Known } from "./digest/known.ts";
import { Recording } from "./digest/recording.ts";
import type { FromWorker, Note, Setup } from "./notes.ts";

/** How long after a failure the store is asked again, in ms: at first, and at most. */
const WAIT_MS = { first: 100, most: 10_000 };
/** What waits for the store at most: legs, and the characters of their items. Beyond that the oldest are given up. */
const MOST = { legs: 5000, size: 64 * 1024 * 1024 };
/** Failures in a row after which a flush waits no longer. */
const FLUSH_TRIES = 4;

interface Waiting {
  readonly key: string;
  readonly entry: Leg | Call;
  readonly size: number;
}

export class Scribe {
  readonly #writer: Writer;
  readonly #say: (message: FromWorker) => void;
  readonly #digest: Pick<Setup, "run" | "blobBytes"> & { readonly known: Known };
  /** Requests under way. */
  readonly #recordings = new Map<string, Recording>();
  /** Legs and calls that are not committed, by key: of one that is given again only the last counts. */
  readonly #waiting = new Map<string, Waiting>();
  #waitingSize = 0;
  /** Attempts in a row in which the store took nothing. */
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #tickets: number[] = [];

  /** @param say tells the proxy's thread, and is told nothing that it could do about */
  constructor(setup: Pick<Setup, "run" | "blobBytes">, writer: Writer, say: (message: FromWorker) => void) {
    this.#digest = { ...setup, known: new Known() };
    this.#writer = writer;
    this.#say = say;
  }

  /** @param size what is told to be done with when these are read */
  notes(notes: readonly Note[], size: number): void {
    for (const note of notes) {
      try {
        this.#read(note);
      } catch (error) {
        this.#recordings.delete(note.id);
        this.#lose(1, toCodexPlusError(error).message);
      }
    }
    this.#say({ what: "taken", size });
    if (this.#failures === 0) this.#write();
    else this.#giveUp();
  }

  flush(ticket: number): void {
    this.#tickets.push(ticket);
    this.#write();
  }

  /** Tries once more, and gives up what the store does not take. */
  close(): void {
    this.#write();
    clearTimeout(this.#timer);
    this.#lose(this.#waiting.size);
    this.#settle();
    this.#writer.close();
  }

  /** Another file may be written from here on: what the one before knew is to be told again. */
  forget(): void {
    this.#digest.known.clear();
  }

  #read(note: Note): void {
    if (note.what === "called") {
      this.#keep(`called ${note.id}`, callOf(note, this.#digest));
      return;
    }
    if (note.what === "begun") {
      const recording = new Recording(note, this.#digest);
      this.#recordings.set(note.id, recording);
      const leg = recording.open();
      this.#keep(leg.key, leg);
      return;
    }
    const leg = this.#recordings.get(note.id)?.see(note);
    if (leg === undefined) return;
    this.#recordings.delete(note.id);
    this.#keep(leg.key, leg);
  }

  #keep(key: string, entry: Leg | Call): void {
    const before = this.#waiting.get(key);
    if (before !== undefined) this.#drop(before);
    const size = sizeOf(entry);
    this.#waiting.set(key, { key, entry, size });
    this.#waitingSize += size;
  }

  #drop({ key, size }: Waiting): void {
    this.#waiting.delete(key);
    this.#waitingSize -= size;
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const reason = this.#append();
    if (reason === undefined && this.#failures > 0) this.#say({ what: "store", ok: true });
    if (reason !== undefined && this.#failures === 0) this.#say({ what: "store", ok: false, reason });
    this.#failures = reason === undefined ? 0 : this.#failures + 1;
    this.#giveUp();
    if (this.#waiting.size === 0 || this.#failures >= FLUSH_TRIES) this.#settle();
    if (this.#waiting.size === 0) return;
    const wait = Math.min(WAIT_MS.first * 2 ** Math.max(0, this.#failures - 1), WAIT_MS.most);
    this.#timer = setTimeout(() => this.#write(), wait);
  }

  /** @returns why the store fails; undefined where it works */
  #append(): string | undefined {
    // A call belongs to a leg that may have come at the same time.
    const all = [...this.#waiting.values()].sort((a, b) => Number(isCall(a.entry)) - Number(isCall(b.entry)));
    if (all.length === 0) return undefined;
    try {
      this.#offer(all);
    } catch (error) {
      if (error instanceof CodexPlusError) return error.message;
      // One of them cannot be written, ever; the others must not wait for it.
      return this.#appendEach(all);
    }
    return undefined;
  }

  #appendEach(all: readonly Waiting[]): string | undefined {
    for (const each of all) {
      try {
        this.#offer([each]);
      } catch (error) {
        const { code, message } = toCodexPlusError(error);
        if (code !== "CP_INTERNAL") return message;
        this.#drop(each);
        this.#lose(1, message);
      }
    }
    return undefined;
  }

  #offer(some: readonly Waiting[]): void {
    this.#writer.append(some.map(({ entry }) => entry));
    for (const each of some) this.#drop(each);
  }

  #giveUp(): void {
    let lost = 0;
    for (const each of this.#waiting.values()) {
      if (this.#waiting.size <= MOST.legs && this.#waitingSize <= MOST.size) break;
      this.#drop(each);
      lost += 1;
    }
    this.#lose(lost);
  }

  /** @param reason where it is not that the store has failed for too long */
  #lose(legs: number, reason?: string): void {
    if (legs === 0) return;
    // What they have told is not in the store.
    this.#digest.known.clear();
    this.#say({ what: "lost", legs, ...(reason !== undefined && { reason }) });
  }

  #settle(): void {
    for (const ticket of this.#tickets) this.#say({ what: "flushed", ticket });
    this.#tickets = [];
  }
}

function isCall(entry: Leg | Call): entry is Call {
  return "mcp" in entry;
}

function sizeOf(entry: Leg | Call): number {
  let size = 1000;
  for (const { body, text, sent, blobs } of isCall(entry) ? entry.items : [...entry.asked, ...entry.answered]) {
    size += body.length + text.length + (sent?.length ?? 0);
    for (const { bytes } of blobs) size += bytes?.length ?? 0;
  }
  return size;
}
