/** Fetches the real Codex CLI from the npm registry, once per version. 400 MB: too much for a dependency. */
import { access, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { x } from "tinyexec";
import { CodexPlusError } from "../../errors.ts";
import { codexExecutable, codexFolder } from "./cache.ts";

/** How far a fetch has come. */
export interface FetchProgress {
  readonly seconds: number;
  /** Bytes on disk so far; a whole Codex takes about 400 MB. */
  readonly bytes: number;
}

/**
 * The path of the `codex` executable of a version, installed into `cache` first when it is not there. Safe for several
 * processes at once: each installs into a folder of its own, and the first that is done gives it the final name.
 * @throws CodexPlusError CP_CODEX_UNAVAILABLE when npm cannot install it or it does not start
 */
export async function installCodex(
  cache: string,
  version: string,
  onProgress?: (progress: FetchProgress) => void,
): Promise<string> {
  const folder = codexFolder(cache, version);
  const executable = codexExecutable(folder);
  if (await exists(executable)) return executable;

  await mkdir(cache, { recursive: true, mode: 0o700 });
  const scratch = await mkdtemp(join(cache, `.codex-${version}-`));
  const stopReporting = onProgress && report(scratch, onProgress);
  try {
    await npmInstall(scratch, version);
    await verify(codexExecutable(scratch), version);
    await rename(scratch, folder).catch(async (error: unknown) => {
      if (!(await exists(executable))) throw error;
    });
    return executable;
  } finally {
    stopReporting?.();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function npmInstall(folder: string, version: string): Promise<void> {
  // A package of its own, so that npm does not look for one in the folders above.
  await writeFile(join(folder, "package.json"), `{"private":true}\n`);
  const quiet = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"];
  // Codex's binary is an optional dependency of its package, one per platform.
  const flags = ["--prefix", folder, "--include=optional", ...quiet];
  const outcome = await x("npm", ["install", ...flags, `@openai/codex@${version}`], {
    nodeOptions: { cwd: folder },
  }).then(
    (output) => ({ failed: output.exitCode !== 0, said: firstLines(output.stderr) }),
    (error: unknown) => ({ failed: true, said: String(error) }),
  );
  if (outcome.failed) {
    throw new CodexPlusError("CP_CODEX_UNAVAILABLE", `npm could not install @openai/codex@${version}: ${outcome.said}`);
  }
}

/** What npm complains of, without its prefix, stack and advice. */
function firstLines(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.replace(/^npm (error|ERR!) ?/, ""));
  return lines.slice(0, 3).join("; ").trim();
}

async function verify(executable: string, version: string): Promise<void> {
  const output = await x(executable, ["--version"]).then(
    ({ stdout, stderr }) => stdout.trim() || stderr.trim(),
    (error: unknown) => String(error),
  );
  if (!output.endsWith(version)) {
    throw new CodexPlusError("CP_CODEX_UNAVAILABLE", `the Codex CLI ${version} was installed but answers: ${output}`);
  }
}

/** Tells the size of a growing folder every second. Returns what ends it. */
function report(folder: string, onProgress: (progress: FetchProgress) => void): () => void {
  const start = performance.now();
  const tell = async () => {
    const bytes = await folderBytes(folder);
    onProgress({ seconds: Math.round((performance.now() - start) / 1000), bytes });
  };
  // A reading that comes to nothing (a file moved meanwhile) is not worth failing for.
  const timer = setInterval(() => void tell().catch(() => undefined), 1000);
  return () => clearInterval(timer);
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map((file) =>
      stat(join(file.parentPath, file.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
