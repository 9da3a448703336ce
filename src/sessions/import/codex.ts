/** Codex's own files of conversations, taken into the ledger: what was said before or beside Codex-Plus is found too. */
import { CodexPlusError } from "../../errors.ts";
import type { Item } from "../../protocol/request.ts";
import type { ItemFacts, Leg, ThreadFacts } from "../ledger.ts";
import { itemFacts } from "../recorder/digest/item.ts";
import type { Imports } from "../sqlite/imports.ts";
import type { Writer } from "../store.ts";
import type { RolloutFile } from "./files.ts";
import { Inheritance } from "./inheritance.ts";
import { RolloutLegs } from "./legs.ts";
import { type RolloutLine, rolloutLine } from "./line.ts";
import { linesOf } from "./lines.ts";
import { Shelf } from "./shelf.ts";
import { type Base, baseOf, threadFacts } from "./thread.ts";

export interface CodexImportOptions {
  readonly writer: Writer;
  readonly imports: Imports;
  /** Pictures larger than this are told of, but not kept. */
  readonly blobBytes: number;
  /** Names of threads, by their ids. */
  readonly names?: ReadonlyMap<string, string>;
  /** Files that forks may need their parents from, beside those that are to be imported. */
  readonly files: readonly RolloutFile[];
  /** Read files that have been imported as they are already. */
  readonly again?: boolean;
}

export interface Imported {
  readonly file: RolloutFile;
  /** known: as it was imported before; empty: nothing was said in it; unreadable: see `reason`. */
  readonly outcome: "imported" | "known" | "empty" | "unreadable";
  readonly reason?: string;
  /** Lines that could not be read: how many, and the first of them. */
  readonly broken: number;
  readonly named: readonly BrokenLine[];
}

export interface BrokenLine {
  readonly number: number;
  readonly reason: string;
}

/** So many broken lines of a file are named. */
const NAMED = 5;

export class CodexImport {
  readonly #options: CodexImportOptions;
  readonly #files: ReadonlyMap<string, RolloutFile>;
  /** Files that have been dealt with, or are being. */
  readonly #seen = new Set<string>();

  constructor(options: CodexImportOptions) {
    this.#options = options;
    this.#files = new Map(options.files.map((file) => [file.thread, file]));
  }

  /**
   * Takes in one file, after those of the threads that it was forked from.
   * @returns what has become of it and of those; nothing where it came with another
   * @throws CodexPlusError CP_FILE_UNUSABLE where the database cannot be written
   */
  async import(file: RolloutFile): Promise<readonly Imported[]> {
    if (this.#seen.has(file.path)) return [];
    this.#seen.add(file.path);
    const { imports, again = false } = this.#options;
    const path = plainPath(file);
    const stamp = again ? undefined : imports.stamp(path);
    if (stamp?.size === file.size && stamp.modified === file.modified) return [done(file, "known")];
    const before: Imported[] = [];
    const reading = new Reading();
    try {
      const any = await this.#read(file, reading, before);
      imports.imported(path, file);
      return [...before, done(file, any ? "imported" : "empty", reading)];
    } catch (error) {
      if (error instanceof CodexPlusError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      return [...before, { ...done(file, "unreadable", reading), reason }];
    }
  }

  /** @returns whether anything was said in it */
  async #read(file: RolloutFile, reading: Reading, before: Imported[]): Promise<boolean> {
    let legs: RolloutLegs | undefined;
    let shelf: Shelf | undefined;
    let inheritance: Inheritance | undefined;
    const keep = async (ready: readonly Leg[]): Promise<void> => {
      for (const leg of ready) {
        const own = inheritance === undefined ? leg : inheritance.own(leg);
        if (own !== undefined) shelf?.put(own);
      }
    };
    for await (const line of reading.lines(file)) {
      if (legs === undefined || shelf === undefined) {
        const meta = line.type === "session_meta" ? line.payload : {};
        const thread = this.#named(threadFacts(meta, file.thread));
        inheritance = await this.#inheritance(thread, baseOf(meta), before);
        shelf = new Shelf(this.#options, thread.id);
        legs = new RolloutLegs(thread, line.at ?? file.modified, this.#options);
      }
      await keep(legs.take(line));
    }
    await keep(legs?.end() ?? []);
    return shelf?.close() ?? false;
  }

  #named(thread: ThreadFacts): ThreadFacts {
    const title = this.#options.names?.get(thread.id);
    return title === undefined || title === "" ? thread : { ...thread, title };
  }

  /** What the fork has of its parent, which is taken in first. */
  async #inheritance(
    thread: ThreadFacts,
    base: Base | undefined,
    before: Imported[],
  ): Promise<Inheritance | undefined> {
    if (thread.forkedFrom === undefined) return undefined;
    const parent = this.#files.get(thread.forkedFrom);
    if (parent !== undefined) before.push(...(await this.import(parent)));
    const last = base === undefined ? undefined : await this.#lastBefore(base);
    return new Inheritance(this.#options.imports, thread.forkedFrom, last);
  }

  /** The last item before a line of a thread's file, or of that which it was forked from itself. */
  async #lastBefore({ thread, end }: Base): Promise<ItemFacts | undefined> {
    const file = this.#files.get(thread);
    if (file === undefined) return undefined;
    let last: ItemFacts | undefined;
    let base: Base | undefined;
    try {
      for await (const { type, ordinal, payload } of new Reading().lines(file)) {
        if (type === "session_meta") base ??= baseOf(payload);
        if (ordinal === undefined || ordinal >= end) break;
        if (type === "response_item") last = itemFacts(payload as Item, this.#options);
      }
    } catch {
      // That it cannot be read has been told of the file itself.
    }
    return last ?? (base === undefined ? undefined : this.#lastBefore({ ...base, end: Math.min(base.end, end) }));
  }
}

/** Goes through a file, and past what cannot be read in it. */
class Reading {
  broken = 0;
  readonly named: BrokenLine[] = [];

  async *lines(file: RolloutFile): AsyncGenerator<RolloutLine> {
    for await (const { number, text } of linesOf(file.path)) {
      if (text?.trim() === "") continue;
      const line = text === undefined ? this.#broken(number, "it is too long") : this.#parsed(number, text);
      if (line !== undefined) yield line;
    }
  }

  #parsed(number: number, text: string): RolloutLine | undefined {
    try {
      return rolloutLine(text);
    } catch {
      return this.#broken(number, "it is not JSON");
    }
  }

  #broken(number: number, reason: string): undefined {
    this.broken += 1;
    if (this.named.length < NAMED) this.named.push({ number, reason });
  }
}

function done(
  file: RolloutFile,
  outcome: Imported["outcome"],
  { broken = 0, named = [] }: Partial<Reading> = {},
): Imported {
  return { file, outcome, broken, named };
}

/** What the file is known by, packed or not. */
function plainPath({ path }: RolloutFile): string {
  return path.replace(/\.zst$/, "");
}
