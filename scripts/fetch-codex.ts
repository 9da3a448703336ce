/** `node scripts/fetch-codex.ts [version]`: prints the path of the real Codex CLI, fetched into a cache folder first. */
import { pathToFileURL } from "node:url";
import { toCodexPlusError } from "../src/errors.ts";
import { codexCache, DEFAULT_CODEX_VERSION } from "../src/testing/codex/cache.ts";
import { type FetchProgress, installCodex } from "../src/testing/codex/fetch.ts";

/**
 * The path of the `codex` executable of a version. Shows a progress line on a terminal unless told what to do instead.
 * @throws CodexPlusError CP_CODEX_UNAVAILABLE
 */
export async function fetchCodex(
  version: string = DEFAULT_CODEX_VERSION,
  onProgress: (progress: FetchProgress) => void = progressLine(version),
): Promise<string> {
  return installCodex(codexCache(process.env), version, onProgress);
}

function progressLine(version: string): (progress: FetchProgress) => void {
  if (!process.stderr.isTTY) return () => undefined;
  return ({ seconds, bytes }) =>
    process.stderr.write(
      `\rFetching Codex ${version} from npm: ${Math.round(bytes / 1e6)} of about 400 MB, ${seconds} s `,
    );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    const path = await fetchCodex(process.argv[2]);
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
    console.log(path);
  } catch (thrown) {
    const error = toCodexPlusError(thrown);
    console.error(`fetch-codex: ${error.message}\n${error.row.advice}`);
    process.exitCode = 1;
  }
}
