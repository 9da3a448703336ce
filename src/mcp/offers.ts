/** `mcp-offers.json`: what servers have said they offer, so that they need not run to be known. */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import type { Logger } from "../log.ts";
import type { Offer } from "./mcp.ts";

/** Servers that are remembered, and how much of each, in characters of JSON. The longest unseen are forgotten first. */
const MOST_SERVERS = 300;
const MOST_OF_ONE = 4 * 1024 ** 2;
const MOST_OF_ALL = 32 * 1024 ** 2;

const named = z.array(z.looseObject({ name: z.string() }));
/** Ours, written from what the SDK has checked: enough is looked at to notice a file that is something else. */
export const offerSchema = z.looseObject({
  tools: named,
  prompts: named,
  resources: named,
  templates: named,
  capabilities: z.looseObject({}),
});
const entrySchema = z.strictObject({ at: z.number(), offer: offerSchema.optional() });
const fileSchema = z.strictObject({ version: z.literal(1), offers: z.record(z.string(), z.unknown()) });

interface Entry {
  /** When it was told, ms since 1970. */
  readonly at: number;
  /** Undefined where it was asked for in vain. */
  readonly offer?: Offer | undefined;
}

/** Another process may write the same file: what is newer counts, and nothing of its is lost but in a tie. */
export class Offers {
  readonly #path: string;
  readonly #log: Logger;
  readonly #entries = new Map<string, Entry>();
  #loaded: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #dirty = false;

  constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
  }

  /** Reads the file, once. Whatever is wrong with it makes servers unknown, which is no harm. */
  async load(): Promise<void> {
    this.#loaded ??= this.#merge();
    await this.#loaded;
  }

  /** Of a server's digest. Only behind `load`. */
  get(digest: string): Offer | undefined {
    return this.#entries.get(digest)?.offer;
  }

  /** Whether a server took too long to tell: who starts it again need not wait for it. Only behind `load`. */
  slow(digest: string): boolean {
    const known = this.#entries.get(digest);
    return known !== undefined && known.offer === undefined;
  }

  /** Notes that a server has not told in time. */
  late(digest: string): void {
    if (this.#entries.has(digest)) return;
    this.#entries.set(digest, { at: Date.now() });
    this.#write();
  }

  /** @returns whether that is news */
  set(digest: string, offer: Offer): boolean {
    const known = this.#entries.get(digest);
    const news = known === undefined || JSON.stringify(known.offer) !== JSON.stringify(offer);
    this.#entries.set(digest, { at: Date.now(), offer });
    if (news) this.#write();
    return news;
  }

  /** Waits until all is written. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  #write(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    this.#writing = this.#writing.then(async () => {
      try {
        await this.#merge();
        this.#dirty = false;
        await this.#replace();
      } catch (error) {
        this.#dirty = false;
        this.#log.warn({ err: error, file: this.#path }, "what MCP servers offer cannot be kept");
      }
    });
  }

  async #merge(): Promise<void> {
    for (const [digest, entry] of Object.entries(await this.#read())) {
      const parsed = entrySchema.safeParse(entry).data as Entry | undefined;
      if (parsed !== undefined && tellsMore(parsed, this.#entries.get(digest))) this.#entries.set(digest, parsed);
    }
  }

  async #read(): Promise<Record<string, unknown>> {
    try {
      return fileSchema.parse(JSON.parse(await readFile(this.#path, "utf8"))).offers;
    } catch {
      return {};
    }
  }

  /** Whole or not at all, for its owner only. */
  async #replace(): Promise<void> {
    const newest = [...this.#entries].toSorted(([, one], [, other]) => other.at - one.at).slice(0, MOST_SERVERS);
    let room = MOST_OF_ALL;
    const parts: string[] = [];
    for (const [digest, entry] of newest) {
      const json = JSON.stringify(entry);
      if (json.length > Math.min(room, MOST_OF_ONE)) continue;
      room -= json.length;
      parts.push(`${JSON.stringify(digest)}:${json}`);
    }
    const draft = `${this.#path}.${randomBytes(6).toString("hex")}`;
    try {
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      await writeFile(draft, `{"version":1,"offers":{${parts.join(",\n")}}}\n`, { mode: 0o600, flush: true });
      await chmod(draft, 0o600);
      await rename(draft, this.#path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }
}

/** What is newer counts, but having been told nothing is no news to whoever has been told something. */
function tellsMore(one: Entry, known: Entry | undefined): boolean {
  if (known === undefined) return true;
  if ((one.offer === undefined) !== (known.offer === undefined)) return one.offer !== undefined;
  return one.at > known.at;
}
