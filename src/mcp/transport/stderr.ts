/** What a server prints to its standard error: into a file of its own, and its last lines in memory. Floods are let fall. */
import { chmod, mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import type { Readable } from "node:stream";

/** Kept in memory. */
const LINES = 20;
const LINE_CHARACTERS = 400;
/** Of the file; what is older stands beside it as `.1`, once. */
const FILE_BYTES = 1024 ** 2;
/** Written in a minute at most, and waiting to be written. */
const MINUTE_MS = 60_000;
const MINUTE_BYTES = 1024 ** 2;
const WAITING_BYTES = 256 * 1024;

export class ServerLog {
  readonly #path: string;
  readonly #mask: (text: string) => string;
  #lines: string[] = [];
  #rest = "";
  #waiting = "";
  #dropped = 0;
  #writing: Promise<void> | undefined;
  #minute = { began: 0, bytes: 0 };

  /** @param mask takes secrets out of a text */
  constructor(path: string, mask: (text: string) => string) {
    this.#path = path;
    this.#mask = mask;
  }

  /** The last lines, oldest first. */
  get lines(): readonly string[] {
    if (this.#rest === "") return this.#lines;
    return [...this.#lines, this.#mask(this.#rest).slice(0, LINE_CHARACTERS)].slice(-LINES);
  }

  /** Reads all of it, however much it is: a server whose pipe is full would stand still. */
  read(source: Readable): void {
    source.setEncoding("utf8");
    source.on("data", (text: string) => this.#add(text));
    source.on("error", () => undefined);
  }

  /** One line of ours among the server's. */
  note(text: string): void {
    this.#write(`--- ${new Date().toISOString()} ${text}\n`);
  }

  /** Waits until all that was taken is written. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  #add(text: string): void {
    const whole = this.#rest + text;
    const end = whole.lastIndexOf("\n") + 1;
    this.#rest = whole.slice(end).slice(-LINE_CHARACTERS * LINES);
    if (end === 0) return;
    const masked = this.#mask(whole.slice(Math.max(0, end - WAITING_BYTES), end));
    const last = masked
      .slice(-LINES * LINE_CHARACTERS)
      .split("\n")
      .slice(0, -1);
    this.#lines = [...this.#lines, ...last.map((line) => line.slice(0, LINE_CHARACTERS))].slice(-LINES);
    this.#write(masked);
  }

  #write(text: string): void {
    const now = Date.now();
    if (now - this.#minute.began > MINUTE_MS) this.#minute = { began: now, bytes: 0 };
    const room = Math.min(MINUTE_BYTES - this.#minute.bytes, WAITING_BYTES - this.#waiting.length);
    if (text.length > room) {
      this.#dropped += text.length;
      return;
    }
    this.#minute.bytes += text.length;
    if (this.#dropped > 0) this.#waiting += `--- ${this.#dropped} characters are left out: too much at once\n`;
    this.#dropped = 0;
    this.#waiting += text;
    this.#writing ??= this.#drain();
  }

  async #drain(): Promise<void> {
    try {
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      while (this.#waiting !== "") {
        const text = this.#waiting;
        this.#waiting = "";
        await this.#append(text);
      }
    } catch {
      // A log that cannot be written keeps no server from working.
      this.#waiting = "";
    }
    this.#writing = undefined;
  }

  async #append(text: string): Promise<void> {
    const file = await open(this.#path, "a", 0o600);
    try {
      await file.appendFile(text);
      const { size } = await file.stat();
      if (size < FILE_BYTES) return;
      await chmod(this.#path, 0o600);
      await rename(this.#path, `${this.#path}.1`);
    } finally {
      await file.close();
    }
  }
}
