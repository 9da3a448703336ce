/** What hooks were given to read of conversations goes with them. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathsOf } from "../../config/paths.ts";
import { settingsOf } from "../flags.ts";

const ENDING = ".jsonl";

/** Removes the transcripts of conversations that are not kept any more. */
export async function sweepTranscripts(): Promise<void> {
  const { transcripts, database } = pathsOf(settingsOf().config.environment.home);
  const names = await readdir(transcripts).catch(() => []);
  if (names.length === 0) return;
  const { sqliteReader } = await import("../../sessions/sqlite/reader.ts");
  const reader = sqliteReader(database);
  const kept = (id: string): boolean => reader.find(id, 1).length > 0;
  const gone = names.filter((name) => name.endsWith(ENDING) && !kept(name.slice(0, -ENDING.length)));
  reader.close();
  await Promise.all(gone.map((name) => rm(join(transcripts, name), { force: true })));
}
