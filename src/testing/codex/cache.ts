/** Where fetched Codex binaries are kept. */
import { homedir } from "node:os";
import { join } from "node:path";

/** The release that demo and end-to-end tests run unless told otherwise. */
export const DEFAULT_CODEX_VERSION = "0.169.0";

/**
 * The folder that holds one folder per Codex version: `CODEX_PLUS_CODEX_CACHE`, else `codex-plus/codex` in the user's
 * cache folder (`XDG_CACHE_HOME`, else `~/.cache`).
 */
export function codexCache(environment: NodeJS.ProcessEnv): string {
  const own = environment.CODEX_PLUS_CODEX_CACHE;
  return own || join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "codex-plus", "codex");
}

/** The folder of one version. It exists only when that version is whole: it is renamed into place. */
export function codexFolder(cache: string, version: string): string {
  return join(cache, `codex-${version}`);
}

/** The executable inside the folder of a version. */
export function codexExecutable(folder: string): string {
  return join(folder, "node_modules", ".bin", process.platform === "win32" ? "codex.cmd" : "codex");
}
