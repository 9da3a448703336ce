/** What `setup` changed, kept in setup.json of CODEX_PLUS_HOME until it is undone. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { CodexPlusError } from "../../errors.ts";
import { assign, literalOf, remove } from "./edit.ts";
import { removeFile, textOf, writeWhole } from "./file.ts";
import { removeHooks } from "./hooks.ts";
import { removeServer } from "./mcp.ts";

const recordSchema = z.strictObject({
  /** Codex's config.toml, behind any link. */
  file: z.string(),
  /** The value we wrote, and the one that stood there before (absent: none), as written in TOML. */
  written: z.string(),
  previous: z.string().optional(),
  /** The lines by which our hook program was registered; absent where it was not. */
  hooks: z.string().optional(),
  /** The same for our MCP server. */
  server: z.string().optional(),
  /** Fingerprints of the text before (absent: there was no file) and after. */
  before: z.string().optional(),
  after: z.string(),
  /** The copy of the text before; absent when there was no file. */
  backup: z.string().optional(),
  /** True when the folder of the file is ours as well. */
  madeFolder: z.boolean(),
});
export type SetupRecord = z.output<typeof recordSchema>;

/**
 * The record of the change that stands, or undefined when none does.
 * @throws CodexPlusError CP_FILE_UNUSABLE when the file holds something else
 */
export async function readRecord(path: string): Promise<SetupRecord | undefined> {
  const text = await textOf(path);
  if (text === undefined) return undefined;
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new CodexPlusError("CP_FILE_UNUSABLE", `${path} is not a record of codex-plus setup`, { cause: error });
  }
}

export async function writeRecord(path: string, record: SetupRecord): Promise<void> {
  await writeWhole(path, `${JSON.stringify(record, null, 2)}\n`, 0o600);
}

/** Forgets the change: the record and its backup go. */
export async function removeRecord(path: string, record: SetupRecord): Promise<void> {
  await removeFile(path);
  if (record.backup) await removeFile(record.backup);
}

export function fingerprint(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * The text as it would be without our change: the backup, byte for byte, where nobody wrote since; else only our key,
 * our hooks and our MCP server are taken back, and not even those where they were changed by hand. Undefined: there should be no file.
 * @throws CodexPlusError CP_FILE_UNUSABLE when our key cannot be told from the rest
 */
export function undone(text: string | undefined, record: SetupRecord, backup: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const now = fingerprint(text);
  if (now === record.before) return text;
  if (now === record.after) {
    if (record.before === undefined) return undefined;
    if (backup !== undefined && fingerprint(backup) === record.before) return backup;
  }
  const unserved = record.server === undefined ? text : removeServer(text, record.server);
  const rest = record.hooks === undefined ? unserved : removeHooks(unserved, record.hooks);
  if (literalOf(rest) !== record.written) return rest;
  const result = record.previous === undefined ? remove(rest) : assign(rest, record.previous);
  if (result !== undefined) return result;
  throw new CodexPlusError("CP_FILE_UNUSABLE", `${record.file}: the line we added is not found; remove it by hand`);
}
