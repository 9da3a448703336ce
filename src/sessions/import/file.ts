/** Reads an exported session (JSON) back into the ledger. */
import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { CodexPlusError } from "../../errors.ts";
import { SCHEMA, type Session, type SessionBlob, session, VERSION } from "../export/document.ts";
import type { Blob } from "../ledger.ts";
import type { Writer } from "../store.ts";
import { legsOf } from "./session.ts";

/** What a file brought; it may have been there already. */
export interface Imported {
  /** The session's own thread. */
  readonly thread: string;
  readonly title: string | undefined;
  readonly threads: number;
  readonly turns: number;
  readonly items: number;
}

const head = z.object({ schema: z.literal(SCHEMA), version: z.int() });

/**
 * Takes down what the file holds. What is known already stays as it is, so a file may be imported any number of times.
 * @throws CodexPlusError CP_FILE_UNUSABLE, naming the place that is wrong; and what the writer throws
 */
export async function importFile(path: string, writer: Writer): Promise<Imported> {
  const document = await sessionIn(path);
  const blobs = new Map(
    Object.entries(document.blobs).map(([name, blob]) => [name, checked(path, name, blob)] as const),
  );
  writer.append([...legsOf(document, blobs)]);
  const { thread, below, inherited } = document;
  const threads = [thread, ...below, ...inherited];
  const turns = threads.flatMap((each) => each.turns);
  const waiting = threads.reduce((sum, each) => sum + each.waiting.length, 0);
  return {
    thread: thread.id,
    title: thread.title,
    threads: threads.length,
    turns: turns.length,
    items: turns.reduce((sum, turn) => sum + turn.items.length, waiting),
  };
}

/** @throws CodexPlusError CP_FILE_UNUSABLE */
async function sessionIn(path: string): Promise<Session> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    // A parser's message quotes what it cannot read.
    const reason = cause instanceof SyntaxError ? "it is no JSON" : (cause as Error).message;
    throw unusable(path, reason, cause);
  }
  const about = head.safeParse(value);
  if (!about.success) throw unusable(path, `it is no exported session (${issueOf(about.error)})`);
  if (about.data.version > VERSION) {
    throw unusable(
      path,
      `it is of a newer Codex-Plus (version ${about.data.version} of the format, known is ${VERSION})`,
    );
  }
  const found = session.safeParse(value);
  if (!found.success) throw unusable(path, issueOf(found.error));
  // As it was read: what the schema does not tell of an item is the item's all the same.
  return value as Session;
}

function issueOf({ issues }: z.ZodError): string {
  const [first] = issues;
  const place = z.core.toDotPath(first?.path ?? []);
  return place === "" ? (first?.message ?? "") : `${place}: ${first?.message}`;
}

function checked(path: string, name: string, { mediaType, size, data }: SessionBlob): Blob {
  if (data === undefined) return { hash: name, mediaType, size };
  const bytes = Buffer.from(data, "base64");
  if (hash("sha256", bytes, "hex") !== name) throw unusable(path, `blobs.${name}: the data is not of that hash`);
  return { hash: name, mediaType, size, bytes };
}

function unusable(path: string, reason: string, cause?: unknown): CodexPlusError {
  return new CodexPlusError("CP_FILE_UNUSABLE", `${path} cannot be imported: ${reason}`, { cause });
}
