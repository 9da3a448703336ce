/** The entry: `node src/cli/main.ts`, `bin/codex-plus.js`. */
import { existsSync, mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { homes, pathsOf } from "../config/paths.ts";

keepCompiled();
for (const output of [process.stdout, process.stderr]) output.on("error", readerHasLeft);
const { runProgram } = await import("./program.ts");
process.exitCode = await runProgram(process.argv.slice(2));

/**
 * A start with compiled code at hand takes a quarter less. It lies in our own folder, where nobody else may put any; that
 * is made by the verbs that write into it, so the very first start does without.
 */
function keepCompiled(): void {
  const { home } = homes(process.env, process.cwd());
  const { compiled } = pathsOf(home);
  try {
    if (!existsSync(home)) return;
    mkdirSync(compiled, { recursive: true, mode: 0o700 });
    enableCompileCache(compiled);
  } catch {
    // A home that cannot be written is for the verbs to tell, those that need it.
  }
}

/** That nobody reads any further (`| head`) is no failure of a verb: it goes on to its end, with its own exit code. */
function readerHasLeft(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
