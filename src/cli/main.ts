/** The entry: `node src/cli/main.ts`, `bin/codex-plus.js`. */
import { runProgram } from "./program.ts";

process.exitCode = await runProgram(process.argv.slice(2));
