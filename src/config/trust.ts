/** `trust.json`: the project files that a person has let run code, each with the fingerprint it had then. */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { CodexPlusError } from "../errors.ts";
import { locked } from "../lib/lock.ts";

/** Nobody reads and writes one small file for longer, in ms. */
const WRITE_MS = 10_000;

const folderSchema = z.strictObject({
  /** When it was trusted last, ISO 8601. */
  at: z.string(),
  /** Absolute path to fingerprint. */
  files: z.record(z.string(), z.string()),
});
const trustSchema = z.strictObject({ version: z.literal(1), folders: z.record(z.string(), folderSchema) });
type TrustFile = z.output<typeof trustSchema>;

/** A trusted folder. */
export interface TrustedFolder {
  readonly folder: string;
  readonly at: string;
  readonly files: ReadonlyMap<string, string>;
}

/** The list of one home, read anew each time: another process may have changed it. */
export class TrustList {
  readonly #path: string;

  /** @param path `trust.json` of CODEX_PLUS_HOME */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * What is known of a file.
   * @throws CodexPlusError CP_FILE_UNUSABLE when the list is not ours
   */
  async ask(file: string, digest: string): Promise<"trusted" | "changed" | "unknown"> {
    const known = (await this.list()).flatMap(({ files }) => files.get(file) ?? []);
    if (known.includes(digest)) return "trusted";
    return known.length > 0 ? "changed" : "unknown";
  }

  /** All trusted folders, by name. @throws CodexPlusError CP_FILE_UNUSABLE */
  async list(): Promise<TrustedFolder[]> {
    const { folders } = await this.#read();
    return Object.entries(folders)
      .map(([folder, { at, files }]) => ({ folder, at, files: new Map(Object.entries(files)) }))
      .toSorted((one, other) => (one.folder < other.folder ? -1 : 1));
  }

  /** Trusts these files of a folder, and no others any more. @throws CodexPlusError CP_FILE_UNUSABLE */
  async add(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
    await this.#alone(async () => {
      const list = await this.#read();
      list.folders[folder] = { at: new Date().toISOString(), files: Object.fromEntries(files) };
      await this.#write(list);
    });
  }

  /** False when the folder was not trusted. @throws CodexPlusError CP_FILE_UNUSABLE */
  async remove(folder: string): Promise<boolean> {
    return this.#alone(async () => {
      const list = await this.#read();
      if (list.folders[folder] === undefined) return false;
      delete list.folders[folder];
      await this.#write(list);
      return true;
    });
  }

  /** Two verbs at the same moment must not lose what one of them writes. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await locked(`${this.#path}.lock`, WRITE_MS, work);
    } catch (error) {
      if (error instanceof CodexPlusError) throw error;
      throw this.#unwritable(error);
    }
  }

  #unwritable(error: unknown): CodexPlusError {
    const { message } = error as Error;
    return new CodexPlusError("CP_FILE_UNUSABLE", `${this.#path} cannot be written: ${message}`, { cause: error });
  }

  async #read(): Promise<TrustFile> {
    try {
      return trustSchema.parse(JSON.parse(await readFile(this.#path, "utf8")));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return { version: 1, folders: {} };
      throw new CodexPlusError("CP_FILE_UNUSABLE", `${this.#path} is not a list of trusted folders`, { cause: error });
    }
  }

  /** Whole or not at all, for its owner only. */
  async #write(list: TrustFile): Promise<void> {
    const draft = `${this.#path}.${randomBytes(6).toString("hex")}`;
    try {
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      await writeFile(draft, `${JSON.stringify(list, null, 2)}\n`, { mode: 0o600, flush: true });
      await chmod(draft, 0o600);
      await rename(draft, this.#path);
    } catch (error) {
      await rm(draft, { force: true });
      throw this.#unwritable(error);
    }
  }
}
