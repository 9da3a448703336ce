/** The answers to the questions that the reader's thread is asked. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { exportToFile } from "../export/index.ts";
import { fileName } from "../export/name.ts";
import { grouped } from "../search/found.ts";
import type { Reader } from "../store.ts";
import { before, placeOf } from "./before.ts";
import { behind } from "./behind.ts";
import type { Answers, Question, Saved, Wish } from "./questions.ts";

/** @throws CodexPlusError */
export async function answer(reader: Reader, question: Question): Promise<Answers[Question["what"]]> {
  if (question.what === "list") return reader.threads(question.filter);
  if (question.what === "search") return grouped(reader.search(question.query, question.filter));
  if (question.what === "behind") return behind(reader, question.thread, question.after);
  return save(reader, question.wish);
}

async function save(reader: Reader, { thread, request, format, mask, to }: Wish): Promise<Saved> {
  const place = placeOf(reader, thread, request);
  if (place === undefined) return { what: "unknown" };
  const { id } = place.thread;
  const past = before(reader, place);
  const [first] = past.items(id);
  if (first === undefined) return { what: "empty" };
  const own = "folder" in to;
  const file = own ? join(to.folder, fileName(id, format)) : to.file;
  if (!own && (await sizeOf(file)) !== undefined) return { what: "taken", file };
  await exportToFile(past, id, { format, mask, path: file, overwrite: own });
  return { what: "saved", file, bytes: (await sizeOf(file)) ?? 0, turns: past.thread(id)?.turns ?? 0 };
}

async function sizeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size;
}
