/** The conversations that are kept, opened for one verb. */
import { pathsOf } from "../../config/paths.ts";
import type { Config } from "../../config/schema.ts";
import type { Reader, Writer } from "../../sessions/store.ts";
import { settingsOf } from "../flags.ts";

/** As a limit: none. */
export const ALL = 2 ** 31;

/** Says so where nothing new is recorded. @throws CodexPlusError CP_FILE_UNUSABLE, CP_CONFIG_INVALID */
export async function withReader<Value>(
  act: (reader: Reader, config: Config) => Value | Promise<Value>,
): Promise<Value> {
  const { config } = settingsOf();
  if (!config.sessions.record)
    console.error("codex-plus: recording is off (sessions.record): nothing of what is said now is kept.");
  const { sqliteReader } = await import("../../sessions/sqlite/reader.ts");
  const reader = sqliteReader(pathsOf(config.environment.home).database);
  try {
    return await act(reader, config);
  } finally {
    reader.close();
  }
}

/** @throws CodexPlusError CP_FILE_UNUSABLE, CP_CONFIG_INVALID */
export async function withWriter<Value>(act: (writer: Writer) => Value): Promise<Value> {
  const { config } = settingsOf();
  const { sqliteWriter } = await import("../../sessions/sqlite/writer.ts");
  const writer = sqliteWriter(pathsOf(config.environment.home).database);
  try {
    return act(writer);
  } finally {
    writer.close();
  }
}
