/**
 * What `transcript_path` leads to: the conversation in Claude Code's form, in a file that is made when a hook is about to
 * be run, and grows by what was said since.
 */
import { join } from "node:path";
import type { HookInput } from "../../hooks/hook.ts";
import { fileNameOf } from "../../lib/file-name.ts";
import type { Logger } from "../../log.ts";
import type { Behind } from "../../sessions/reading/questions.ts";
import { append, endOf } from "./file.ts";
import { type Line, lineOf, saidId, saidLine } from "./lines.ts";

export interface TranscriptOptions {
  readonly folder: string;
  /** What was said behind an item, once all that was said is recorded; undefined where nothing is recorded. */
  readonly behind: ((thread: string, after: number) => Promise<Behind>) | undefined;
  readonly log: Logger;
}

/** A file that is to be brought up to date. */
interface Wanted {
  readonly session: string;
  readonly path: string;
  readonly cwd: string;
  /** What the model has said last. */
  readonly said: unknown;
}

/** A hook does not wait for its transcript any longer, in ms. */
const MOST_MS = 2000;

export class Transcripts {
  readonly #options: TranscriptOptions;
  /** One after the other for each file. */
  readonly #busy = new Map<string, Promise<void>>();

  constructor(options: TranscriptOptions) {
    this.#options = options;
  }

  /** Where the conversation's transcript is, or will be. */
  pathOf(thread: string): string {
    return join(this.#options.folder, `${thread === "" ? "none" : fileNameOf(thread)}.jsonl`);
  }

  /** Brings the file, and a sub-agent's, up to what was said so far. Never throws, and never takes long: then it is as it was. */
  async update(input: HookInput): Promise<void> {
    const { session_id: session, transcript_path: path, cwd, agent_id: agent, agent_transcript_path: own } = input;
    const said = input.last_assistant_message;
    const files: Wanted[] = [{ session, path, cwd, said: agent === undefined ? said : undefined }];
    if (agent !== undefined && typeof own === "string") files.push({ session: agent, path: own, cwd, said });
    await Promise.all(files.map((file) => this.#inTurn(file)));
  }

  async #inTurn(wanted: Wanted): Promise<void> {
    const { path } = wanted;
    const before = this.#busy.get(path) ?? Promise.resolve();
    const now = before
      .then(() => this.#update(wanted))
      .catch((error: unknown) => this.#options.log.warn({ error }, "a transcript could not be written"));
    this.#busy.set(path, now);
    void now.then(() => {
      if (this.#busy.get(path) === now) this.#busy.delete(path);
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, MOST_MS);
    });
    await Promise.race([now, late]);
    clearTimeout(timer);
  }

  async #update({ session, path, cwd, said }: Wanted): Promise<void> {
    const { behind } = this.#options;
    const end = await endOf(path);
    if (behind === undefined || session === "") return;
    const place = { session, cwd };
    const lines: Line[] = [];
    const last = () => lines.at(-1)?.uuid ?? end.uuid;
    let told = false;
    for (let after = end.item, more = true; more; ) {
      const found = await behind(session, after);
      for (const item of found.items) {
        after = item.n;
        if (item.role === "assistant") {
          told ||= item.text === said;
          if (end.ahead.has(saidId(item.text))) continue;
        }
        const leg = item.leg === undefined ? undefined : found.legs.get(item.leg);
        const line = lineOf(item, leg, place, last());
        if (line !== undefined) lines.push(line);
      }
      more = found.more;
    }
    // The answer that ends the turn is recorded when it has ended: after its hooks.
    const news = typeof said === "string" && said !== "" && !end.ahead.has(saidId(said));
    if (news && !told) lines.push(saidLine(said, place, last(), Date.now()));
    if (lines.length > 0) await append(path, lines);
  }
}
