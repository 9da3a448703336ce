/** `codex-plus sessions import`: exported sessions, and what Codex itself has written down, into the record. */
import { basename } from "node:path";
import type { Command, OptionValues } from "commander";
import { pathsOf } from "../../config/paths.ts";
import type { Config } from "../../config/schema.ts";
import { CodexPlusError } from "../../errors.ts";
import { count } from "../../lib/amounts.ts";
import { CodexImport, type Imported } from "../../sessions/import/codex.ts";
import { importFile } from "../../sessions/import/file.ts";
import { isRollout, type RolloutFile, rolloutFile, rolloutFiles, threadNames } from "../../sessions/import/files.ts";
import { type Imports, sqliteImports } from "../../sessions/sqlite/imports.ts";
import { sqliteWriter } from "../../sessions/sqlite/writer.ts";
import type { Writer } from "../../sessions/store.ts";
import { EXIT, Exit } from "../exit.ts";
import { settingsOf, verb } from "../flags.ts";
import { progress } from "../terminal/progress.ts";
import { oneLine } from "../terminal/text.ts";
import { moment } from "./moments.ts";

export function importCommand(): Command {
  return verb("import", "take in exported sessions, or what Codex itself has kept", [
    "sessions import talk.json",
    "sessions import --codex               # all that lies in CODEX_HOME; again: only what is new",
    "sessions import --codex --since 30d",
  ])
    .argument("[file...]", "sessions exported as JSON, or rollout files of Codex's")
    .option("--codex", "Codex's own files of conversations, those from before Codex-Plus too")
    .option("--since <when>", "with --codex: files written since then: 2026-11-01, 7d, 12h", moment)
    .action(run);
}

interface Store {
  readonly writer: Writer;
  readonly imports: Imports;
}

async function run(paths: readonly string[], flags: OptionValues): Promise<void> {
  if (Boolean(flags.codex) === paths.length > 0) throw new CodexPlusError("CP_USAGE", "name files, or say --codex");
  if (flags.since !== undefined && !flags.codex) throw new CodexPlusError("CP_USAGE", "--since goes with --codex");
  const { config } = settingsOf();
  const { database } = pathsOf(config.environment.home);
  const store = { writer: sqliteWriter(database), imports: sqliteImports(database) };
  try {
    const whole = flags.codex ? await fromCodex(store, config, flags.since) : await fromFiles(store, config, paths);
    if (!whole) throw new Exit(EXIT.failed);
  } finally {
    store.writer.close();
    store.imports.close();
  }
}

/** @returns whether all of them could be read */
async function fromCodex(store: Store, { environment, sessions }: Config, since = 0): Promise<boolean> {
  const { codexHome } = environment;
  const files = await rolloutFiles(codexHome);
  const wanted = files.filter(({ modified }) => modified >= since);
  if (wanted.length === 0) {
    console.log(`${codexHome} has no conversations${since > 0 ? " of that time" : ""}.`);
    return true;
  }
  const names = await threadNames(codexHome);
  const all = new CodexImport({ ...store, blobBytes: sessions.blobBytes, files, names });
  return takeIn(all, wanted);
}

/** @returns whether all of them could be read */
async function fromFiles(store: Store, { sessions }: Config, paths: readonly string[]): Promise<boolean> {
  const rollouts: RolloutFile[] = [];
  for (const path of paths) {
    if (isRollout(path)) {
      rollouts.push(await rolloutFile(path).catch((cause: Error) => unusable(path, cause)));
    } else {
      const { thread, turns } = await importFile(path, store.writer);
      console.log(`${oneLine(thread)}  ${count(turns, "turn")}  ${oneLine(path)}`);
    }
  }
  if (rollouts.length === 0) return true;
  return takeIn(new CodexImport({ ...store, blobBytes: sessions.blobBytes, files: rollouts, again: true }), rollouts);
}

function unusable(path: string, cause: Error): never {
  throw new CodexPlusError("CP_FILE_UNUSABLE", `${path}: ${cause.message}`, { cause });
}

async function takeIn(all: CodexImport, files: readonly RolloutFile[]): Promise<boolean> {
  const shown = progress(files.length, `Reading ${count(files.length, "conversation")}`);
  const done: Imported[] = [];
  try {
    for (const file of files) {
      const taken = await all.import(file);
      done.push(...taken);
      const line = taken.filter(({ outcome }) => outcome === "imported").map(({ file: { path } }) => basename(path));
      shown.advance(basename(file.path), line.length > 0 ? line.join("\n") : undefined);
    }
  } catch (error) {
    shown.stop("Not all of them were imported; what was done is kept, and the same command goes on with the rest.");
    throw error;
  }
  shown.stop(summary(done));
  for (const one of done) for (const line of complaints(one)) console.error(line);
  return done.every(({ outcome }) => outcome !== "unreadable");
}

function summary(done: readonly Imported[]): string {
  const of = (outcome: Imported["outcome"]): number => done.filter((one) => one.outcome === outcome).length;
  const parts = [
    `${count(of("imported"), "conversation")} imported`,
    of("known") > 0 ? `${of("known")} known already` : "",
    of("empty") > 0 ? `${of("empty")} empty` : "",
    of("unreadable") > 0 ? `${of("unreadable")} unreadable` : "",
  ];
  return `${parts.filter(Boolean).join(", ")}.`;
}

function complaints({ file, reason, broken, named }: Imported): string[] {
  const lines = named.map((line) => `${oneLine(file.path)}:${line.number}: left out: ${line.reason}`);
  const more = broken - named.length;
  return [
    ...(reason === undefined ? [] : [oneLine(`${file.path}: not imported: ${reason}`)]),
    ...lines,
    ...(more > 0 ? [`${oneLine(file.path)}: left out: ${count(more, "more line")}`] : []),
  ];
}
