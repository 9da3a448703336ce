/** `codex-plus sessions export ID…|--all`: conversations as files. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type Command, Option, type OptionValues } from "commander";
import { pathsOf } from "../../config/paths.ts";
import { CodexPlusError } from "../../errors.ts";
import { count } from "../../lib/amounts.ts";
import { exportSession, exportToFile, FORMATS, type Format } from "../../sessions/export/index.ts";
import { fileName } from "../../sessions/export/name.ts";
import type { ThreadRow } from "../../sessions/ledger.ts";
import type { Reader } from "../../sessions/store.ts";
import { verb } from "../flags.ts";
import { readerMayLeave } from "../terminal/print.ts";
import { progress } from "../terminal/progress.ts";
import { filterOf, withFilters } from "./filters.ts";
import { threadOf } from "./find.ts";
import { ALL, withReader } from "./open.ts";
import { titleOf } from "./title.ts";

export function exportCommand(): Command {
  const command = verb("export", "conversations as files, one each: to keep, to read, to import elsewhere", [
    "sessions export last > talk.json",
    "sessions export 01a2b3c4 --format html -o talk.html",
    "sessions export --all --since 30d --format md -o talks/",
  ]);
  return withFilters(command)
    .argument("[id...]", "any beginning of their ids, or `last`")
    .option("--all", "all of them, or all that the filters let through")
    .addOption(new Option("--format <name>", "what to write").choices(FORMATS).default("json"))
    .option("-o, --output <path>", "a file, or a folder for files named by id (default: standard output for one)")
    .option("--no-mask", "leave in what looks like a secret")
    .option("--force", "write over files that are there")
    .action(run);
}

interface Wanted {
  readonly format: Format;
  readonly mask: boolean;
  readonly overwrite: boolean;
}

async function run(ids: readonly string[], flags: OptionValues): Promise<void> {
  if (Boolean(flags.all) === ids.length > 0) throw new CodexPlusError("CP_USAGE", "name conversations, or say --all");
  await withReader(async (reader, config) => {
    const threads = flags.all
      ? reader.threads({ ...filterOf(flags), limit: ALL })
      : ids.map((id) => threadOf(reader, id));
    const wanted = {
      format: flags.format as Format,
      mask: config.sessions.mask && Boolean(flags.mask),
      overwrite: Boolean(flags.force),
    };
    const single = !flags.all && threads.length === 1;
    if (flags.output === "-" && !single) {
      throw new CodexPlusError("CP_USAGE", "standard output takes one conversation; give a folder for several");
    }
    const output = flags.output === "-" ? undefined : flags.output;
    const [first] = threads;
    if (!single) {
      // What lies in our own folder is ours to write anew.
      const own = output === undefined;
      await many(reader, threads, own ? pathsOf(config.environment.home).sessions : output, {
        ...wanted,
        overwrite: own || wanted.overwrite,
      });
    } else if (first !== undefined && output === undefined) {
      await readerMayLeave(exportSession(reader, first.id, { ...wanted, to: process.stdout }));
    } else if (first !== undefined) {
      const path = (await isFolder(output)) ? join(output, fileName(first.id, wanted.format)) : output;
      if (!wanted.overwrite && (await exists(path)))
        throw new CodexPlusError("CP_FILE_UNUSABLE", `${path} is there already; --force writes over it`);
      await exportToFile(reader, first.id, { ...wanted, path });
      console.error(`Written: ${path}`);
    }
  });
}

/** Each into a file of its own; what is there already is passed over. */
async function many(reader: Reader, threads: readonly ThreadRow[], folder: string, wanted: Wanted): Promise<void> {
  const shown = progress(threads.length, `Exporting ${count(threads.length, "conversation")}`);
  let passed = 0;
  try {
    for (const thread of threads) {
      const path = join(folder, fileName(thread.id, wanted.format));
      const there = !wanted.overwrite && (await exists(path));
      if (there) passed += 1;
      else await exportToFile(reader, thread.id, { ...wanted, path });
      shown.advance(titleOf(thread), there ? undefined : path);
    }
  } catch (error) {
    shown.stop("Not all of them were exported.");
    throw error;
  }
  const kept =
    passed === 0 ? "" : ` ${count(passed, "file was", "files were")} there already; --force writes them anew.`;
  shown.stop(`${count(threads.length - passed, "conversation")} exported to ${folder}.${kept}`);
}

async function isFolder(path: string): Promise<boolean> {
  if (/[/\\]$/.test(path)) return true;
  const entry = await stat(path).catch(() => undefined);
  return entry?.isDirectory() ?? false;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
