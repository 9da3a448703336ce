/** A database of its own in a temporary folder, and what is exported from it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportToFile, type Format } from "../../../src/sessions/export/index.ts";
import { importFile } from "../../../src/sessions/import/file.ts";
import type { Leg } from "../../../src/sessions/ledger.ts";
import { sqliteReader } from "../../../src/sessions/sqlite/reader.ts";
import { sqliteWriter } from "../../../src/sessions/sqlite/writer.ts";
import type { Reader, Writer } from "../../../src/sessions/store.ts";

/** Gives `act` a folder that is gone afterwards. */
export async function inFolder(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "codex-plus-export-"));
  try {
    await act(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param db its file, where it is not to be one of its own */
export function ledger(folder: string, name: string, db: string = join(folder, `${name}.db`)) {
  async function writing<Result>(act: (writer: Writer) => Result | Promise<Result>): Promise<Result> {
    const writer = sqliteWriter(db);
    try {
      return await act(writer);
    } finally {
      writer.close();
    }
  }

  async function reading<Result>(act: (reader: Reader) => Promise<Result>): Promise<Result> {
    const reader = sqliteReader(db);
    try {
      return await act(reader);
    } finally {
      reader.close();
    }
  }

  return {
    reading,
    append: (legs: readonly Leg[]) => writing((writer) => writer.append(legs)),
    import: (path: string) => writing((writer) => importFile(path, writer)),
    async exported(
      id: string,
      format: Format,
      mask: boolean,
    ): Promise<{ readonly path: string; readonly text: string }> {
      const path = join(folder, `${name}-${id}.${format}`);
      await reading((reader) => exportToFile(reader, id, { format, mask, path, overwrite: true }));
      return { path, text: readFileSync(path, "utf8") };
    },
  };
}
