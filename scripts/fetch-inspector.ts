/** `node scripts/fetch-inspector.ts`: prints the path of the MCP Inspector's CLI, fetched into a cache folder first (41 MB). */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { x } from "tinyexec";
import { codexCache } from "../src/testing/codex/cache.ts";

const PACKAGE = "@modelcontextprotocol/inspector-cli";
const VERSION = "1.0.3";
const QUIET = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"];

/**
 * The path of its program, for Node to run in the folder it lies in (it looks for its version from there). Safe for several processes at once, as the fetching of Codex is.
 * @throws Error when npm cannot install it
 */
export async function fetchInspector(): Promise<string> {
  const cache = codexCache(process.env);
  const folder = join(cache, `inspector-${VERSION}`);
  const program = join(folder, "node_modules", PACKAGE, "build", "index.js");
  if (existsSync(program)) return program;
  await mkdir(cache, { recursive: true, mode: 0o700 });
  const scratch = await mkdtemp(join(cache, ".inspector-"));
  try {
    // A package of its own, so that npm does not look for one in the folders above.
    await writeFile(join(scratch, "package.json"), `{"private":true}\n`);
    const args = ["install", "--prefix", scratch, ...QUIET, `${PACKAGE}@${VERSION}`];
    await x("npm", args, { nodeOptions: { cwd: scratch }, throwOnError: true });
    await rename(scratch, folder).catch((error: unknown) => {
      if (!existsSync(program)) throw error;
    });
    return program;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) console.log(await fetchInspector());
