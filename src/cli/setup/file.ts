/** Codex's config.toml on disk: read as text, written whole, links and modes kept. */
import { chmod, lstat, mkdir, readFile, realpath, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { CodexPlusError } from "../../errors.ts";

export interface ConfigFile {
  /** The file itself, behind any symbolic link. */
  readonly path: string;
  /** Undefined where there is no file. */
  readonly text: string | undefined;
  readonly mode: number;
}

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === "ENOENT";

/** @throws CodexPlusError CP_FILE_UNUSABLE when there is a file that is no UTF-8 text or cannot be read */
export async function readConfigFile(name: string): Promise<ConfigFile> {
  try {
    const path = await realpath(name);
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await readFile(path));
    return { path, text, mode: (await stat(path)).mode & 0o777 };
  } catch (error) {
    const dangling = isMissing(error) && (await lstat(name).catch(() => undefined)) !== undefined;
    if (isMissing(error) && !dangling) return { path: name, text: undefined, mode: 0o600 };
    const reason = dangling ? "it is a link to a file that does not exist" : (error as Error).message;
    throw new CodexPlusError("CP_FILE_UNUSABLE", `${name} cannot be read: ${reason}`, { cause: error });
  }
}

/**
 * Writes a file whole: readers see the old content or the new, never half. Folders it needs are made 0700.
 * @throws CodexPlusError CP_FILE_UNUSABLE
 */
export async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.codex-plus-${process.pid}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(draft, text, { mode, flush: true });
    await chmod(draft, mode);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw new CodexPlusError("CP_FILE_UNUSABLE", `${path} cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Removes a file, and its folder too where asked and nothing else is in it. */
export async function removeFile(path: string, andFolder = false): Promise<void> {
  await rm(path, { force: true });
  if (andFolder) await rmdir(dirname(path)).catch(() => undefined);
}

/** The text of a file, or undefined when there is none to read. */
export async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
