/**
 * A session as lines of JSON: one for each item, with its thread and turn, in the order of the JSON document. Pictures are
 * told by their names only.
 */
import type { Content, Part } from "./content.ts";
import type { SessionItem } from "./document.ts";
import { itemOf } from "./json.ts";

/** A line. */
export interface SessionLine extends Omit<SessionItem, "leg"> {
  readonly thread: string;
  /** Its place in its thread, from 1; null for what waits for one. */
  readonly turn: number | null;
  /** Codex's own id of the turn. */
  readonly turnId: string | undefined;
}

export async function* jsonlOf(content: Content): AsyncGenerator<string> {
  const { inherited, session, below } = content;
  for (const part of [...inherited, session, ...below]) yield* threadOf(part, content);
}

async function* threadOf(part: Part, content: Content): AsyncGenerator<string> {
  for await (const turn of content.turns(part)) yield* lines(part, content, turn);
  yield* lines(part, content, null);
}

async function* lines(
  part: Part,
  content: Content,
  turn: { readonly n: number; readonly position: number; readonly id?: string | undefined } | null,
): AsyncGenerator<string> {
  const place = { thread: part.thread.id, turn: turn?.position ?? null, turnId: turn?.id };
  for await (const said of content.items(part, turn?.n ?? null)) {
    const line: SessionLine = { ...place, ...itemOf(said, null) };
    yield `${JSON.stringify(line)}\n`;
  }
}
