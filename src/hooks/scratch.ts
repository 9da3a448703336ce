/** Files that hooks are given, and that they make: variables for a session, and outputs too long for the model. */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileNameOf } from "../lib/file-name.ts";

/** Of one text, as in Claude Code. */
const MOST_CHARACTERS = 10_000;
const PREVIEW = 2000;
const KEPT_MS = 7 * 24 * 3_600_000;

export class Scratch {
  readonly #folder: string;
  #swept = false;

  /** @param folder ours alone; made when it is needed */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The text itself, or, where it is too long for the model, its beginning with the name of a file that holds it whole.
   * Never throws.
   */
  async fit(text: string): Promise<string> {
    if (text.length <= MOST_CHARACTERS) return text;
    const size = `${(Buffer.byteLength(text) / 1024).toFixed(1)}KB`;
    const saved = await this.#save(text);
    return [
      "<persisted-output>",
      `Output too large (${size}). ${saved === undefined ? "It could not be saved." : `Full output saved to: ${saved}`}`,
      "Preview (first 2KB):",
      text.slice(0, PREVIEW),
      "...",
      "</persisted-output>",
    ].join("\n");
  }

  /**
   * Where a SessionStart hook may write variables for its session (CLAUDE_ENV_FILE); undefined where there is no place.
   * @param index of the hook, from 1
   */
  async variables(session: string, index: number): Promise<string | undefined> {
    const folder = join(this.#folder, "sessions", fileNameOf(session));
    try {
      await this.#sweep();
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return join(folder, `sessionstart-hook-${index}.sh`);
    } catch {
      return undefined;
    }
  }

  async #save(text: string): Promise<string | undefined> {
    const folder = join(this.#folder, "outputs");
    const file = join(folder, `hook-${randomUUID()}.txt`);
    try {
      await this.#sweep();
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(file, text, { mode: 0o600 });
      return file;
    } catch {
      return undefined;
    }
  }

  /** Takes out what is old, once in a process's life. */
  async #sweep(): Promise<void> {
    if (this.#swept) return;
    this.#swept = true;
    const before = Date.now() - KEPT_MS;
    for (const name of ["outputs", "sessions"]) {
      const folder = join(this.#folder, name);
      for (const entry of await readdir(folder).catch(() => [])) {
        const path = join(folder, entry);
        const known = await stat(path).catch(() => undefined);
        if (known !== undefined && known.mtimeMs < before) await rm(path, { recursive: true, force: true });
      }
    }
  }
}
