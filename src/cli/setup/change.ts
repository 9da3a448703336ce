/** The two changes of `setup`: pointing Codex here, and taking that back. Planned first, shown, then carried out. */
import { dirname, join } from "node:path";
import { CodexPlusError } from "../../errors.ts";
import { codexHooks } from "../codex-hooks.ts";
import { assign, KEY, literalOf, parseToml } from "./edit.ts";
import { type ConfigFile, exists, readConfigFile, removeFile, textOf, writeWhole } from "./file.ts";
import { addHooks, hookLines } from "./hooks.ts";
import { addServer, entryIn } from "./mcp.ts";
import { fingerprint, readRecord, removeRecord, type SetupRecord, undone, writeRecord } from "./record.ts";

export interface Change {
  readonly file: string;
  readonly before: string | undefined;
  /** Undefined: the file goes. */
  readonly after: string | undefined;
  carryOut(): Promise<void>;
}

/**
 * How Codex's configuration would point to this address; undefined when it does already.
 * @param state the path of setup.json
 * @param program the hook program that Codex is to run too, if any
 * @param server gives the lines for our MCP server behind a text, if Codex is to have that too
 * @throws CodexPlusError CP_FILE_UNUSABLE, with the line where the file is not TOML
 */
export async function planSetup(
  codexHome: string,
  state: string,
  url: string,
  program?: string,
  server?: (text: string) => string,
): Promise<Change | undefined> {
  const name = join(codexHome, "config.toml");
  const file = await readConfigFile(name);
  return understood(file, async () => {
    const now = parseToml(file.text ?? "");
    // What was registered once stays, whether it is wanted still or not: undo takes it out.
    const hooked = program === undefined || codexHooks(now, name, program).registered;
    const served = server === undefined || entryIn(now) === "ours";
    if (now[KEY] === url && hooked && served) return undefined;
    const earlier = await readRecord(state);
    if (earlier && earlier.file !== file.path) {
      throw new CodexPlusError(
        "CP_FILE_UNUSABLE",
        `${earlier.file} is set up already; undo that first: codex-plus setup --undo`,
      );
    }
    const base = earlier ? undone(file.text, earlier, await backupOf(earlier)) : file.text;
    const written = JSON.stringify(url);
    const pointed = assign(base ?? "", written);
    if (pointed === undefined) {
      throw new CodexPlusError(
        "CP_FILE_UNUSABLE",
        `${file.path}: ${KEY} is not a plain string there; set it to ${written} by hand`,
      );
    }
    const withHooks = program === undefined ? pointed : addHooks(pointed, program);
    if (withHooks === undefined) {
      throw new CodexPlusError(
        "CP_FILE_UNUSABLE",
        `${file.path}: its hooks are not written as [[hooks.EVENT]] tables, so ours cannot be added; use codex-plus run, or setup --no-hooks`,
      );
    }
    const lines = server?.(withHooks);
    const after = lines === undefined ? withHooks : addServer(withHooks, lines);
    if (after === undefined) {
      throw new CodexPlusError(
        "CP_FILE_UNUSABLE",
        `${file.path}: its MCP servers are not written as [mcp_servers.NAME] tables, so ours cannot be added; use codex-plus run, or setup --no-mcp`,
      );
    }
    const previous = base === undefined ? undefined : literalOf(base);
    const backup = base === undefined ? undefined : (earlier?.backup ?? `${file.path}.${stamp()}.bak`);
    const record: SetupRecord = {
      file: file.path,
      written,
      ...(previous && { previous }),
      ...(program !== undefined && { hooks: hookLines(pointed, program) }),
      ...(lines !== undefined && { server: lines }),
      ...(base !== undefined && { before: fingerprint(base) }),
      after: fingerprint(after),
      ...(backup && { backup }),
      madeFolder: earlier?.madeFolder ?? !(await exists(dirname(file.path))),
    };
    return {
      file: file.path,
      before: file.text,
      after,
      // The way back is on disk before the change is.
      carryOut: async () => {
        if (backup !== undefined && base !== undefined) await writeWhole(backup, base, file.mode);
        await writeRecord(state, record);
        await writeWhole(file.path, after, file.mode);
      },
    };
  });
}

/**
 * How Codex's configuration would be without us; undefined when no setup stands.
 * @throws CodexPlusError CP_FILE_UNUSABLE
 */
export async function planUndo(state: string): Promise<Change | undefined> {
  const record = await readRecord(state);
  if (record === undefined) return undefined;
  const file = await readConfigFile(record.file);
  return understood(file, async () => {
    const after = undone(file.text, record, await backupOf(record));
    return {
      file: file.path,
      before: file.text,
      after,
      carryOut: async () => {
        if (after === undefined) await removeFile(file.path, record.madeFolder);
        else if (after !== file.text) await writeWhole(file.path, after, file.mode);
        await removeRecord(state, record);
      },
    };
  });
}

async function backupOf(record: SetupRecord): Promise<string | undefined> {
  return record.backup === undefined ? undefined : textOf(record.backup);
}

/** Names file and line where the text turns out not to be TOML. */
async function understood<Result>(file: ConfigFile, plan: () => Promise<Result>): Promise<Result> {
  try {
    return await plan();
  } catch (error) {
    const { line, message } = error as { line?: unknown; message: string };
    if (typeof line !== "number") throw error;
    const [reason] = message.replace("Invalid TOML document: ", "").split("\n");
    throw new CodexPlusError("CP_FILE_UNUSABLE", `${file.path} line ${line} is not TOML: ${reason}`, { cause: error });
  }
}

/** "codex-plus-20261122T172046": new at every setup, so that no older copy is written over. */
function stamp(): string {
  return `codex-plus-${new Date()
    .toISOString()
    .replace(/\.\d+Z$/, "")
    .replace(/[-:]/g, "")}`;
}
