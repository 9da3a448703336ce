/** A database of its own for a test, with what an import needs of it, and what a person would read in it afterwards. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { CodexImport, type CodexImportOptions, type Imported } from "../../src/sessions/import/codex.ts";
import { type RolloutFile, rolloutFiles, threadNames } from "../../src/sessions/import/files.ts";
import type { ThreadKind, TurnRow } from "../../src/sessions/ledger.ts";
import { sqliteImports } from "../../src/sessions/sqlite/imports.ts";
import { sqliteReader } from "../../src/sessions/sqlite/reader.ts";
import { sqliteWriter } from "../../src/sessions/sqlite/writer.ts";

const KINDS: readonly ThreadKind[] = ["user", "subagent", "review", "title", "guardian", "memory", "sample", "other"];

/** The home of a Codex of this version, as that wrote it: long texts cut, folders renamed. */
export function homeOf(version: string): string {
  return fileURLToPath(new URL(`rollouts/${version}`, import.meta.url));
}

export interface Store {
  /** Room for files; goes with the test. */
  readonly folder: string;
  readonly database: string;
  /** Takes in all of a Codex home, or these files of it. */
  take(codexHome: string, options?: Partial<CodexImportOptions>): Promise<readonly Imported[]>;
}

export async function makeStore(t: TestContext): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), "codex-plus-import-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const database = join(folder, "plus.db");
  return { folder, database, take: (codexHome, options) => take(database, codexHome, options) };
}

/** Takes in all of a Codex home, or these files of it. */
export async function take(
  database: string,
  codexHome: string,
  options: Partial<CodexImportOptions> = {},
): Promise<readonly Imported[]> {
  const [writer, imports] = [sqliteWriter(database), sqliteImports(database)];
  try {
    const files: readonly RolloutFile[] = options.files ?? (await rolloutFiles(codexHome));
    const names = await threadNames(codexHome);
    const all = new CodexImport({ writer, imports, blobBytes: 1000, names, ...options, files });
    const done: Imported[] = [];
    for (const file of files) done.push(...(await all.import(file)));
    return done;
  } finally {
    writer.close();
    imports.close();
  }
}

/** Every row of conversations, for a comparison of the whole; without the times at which a thread began and was last used. */
export function rowsOf(database: string): Readonly<Record<string, readonly object[]>> {
  const db = new DatabaseSync(database, { readOnly: true });
  try {
    const all = (sql: string): object[] =>
      db
        .prepare(sql)
        .all()
        .map((row) => ({ ...row }));
    return {
      turns: all("SELECT * FROM turn ORDER BY n"),
      legs: all("SELECT * FROM leg ORDER BY n"),
      items: all("SELECT *, hex(hash) AS hash, hex(body_hash) AS body_hash FROM item ORDER BY n"),
      blobs: all("SELECT hex(hash) AS hash, media_type, size FROM blob ORDER BY hash"),
    };
  } finally {
    db.close();
  }
}

/** What a person would read of each thread, the oldest first: its facts, its turns, who said what. */
export function story(database: string): readonly object[] {
  const reader = sqliteReader(database);
  try {
    return reader
      .threads({ kinds: KINDS, limit: 1000 })
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id, kind, root, parent, forkedFrom, forkedAt, created, used, source, prompt, below, ...facts }) => ({
        thread: [kind, ...(root === id ? [] : [`below ${root}`])].join(" "),
        ...(forkedFrom === undefined ? {} : { forkedAt: textOf(forkedAt) }),
        ...facts,
        said: [...reader.turns(id)].map((turn) => [headOf(turn), ...saidIn(id, turn.n)]),
      }));
  } finally {
    reader.close();
  }

  function saidIn(thread: string, turn: number): string[] {
    return [...reader.items(thread, turn)]
      .filter(({ role, type }) => role !== "context" || type === "compaction")
      .map(
        ({ out, role, tool, text, type }) =>
          `${out ? "<" : ">"} ${role} ${[tool, text].filter(Boolean).join(": ") || type}`,
      );
  }

  function textOf(n: number | undefined): string | undefined {
    const items = reader.threads({ kinds: KINDS, limit: 1000 }).flatMap(({ id }) => [...reader.items(id)]);
    return items.find((item) => item.n === n)?.text;
  }
}

function headOf({ kind, state, trigger, error, legs }: TurnRow): string {
  const ends = legs.map((leg) =>
    leg.usage === undefined ? leg.state : `${leg.state} ${leg.usage.input}+${leg.usage.output}`,
  );
  return [kind, state, trigger, error && `${error.code}: ${error.message}`, `(${ends.join(", ")})`]
    .filter(Boolean)
    .join(" ");
}
