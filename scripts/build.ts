/** `npm run build`: dist/ from src/, and the proof that the program starts from it. */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = (...args: string[]) =>
  execFileSync(process.execPath, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

rmSync(`${root}/dist`, { recursive: true, force: true });
try {
  run(createRequire(import.meta.url).resolve("typescript/bin/tsc"), "-p", "tsconfig.build.json", "--noEmitOnError");
  const version = run("dist/cli/main.js", "--version").trim();
  console.log(`dist/ holds codex-plus ${version}`);
} catch (error) {
  // tsc tells its findings on standard output.
  console.error((error as { stdout?: string }).stdout || error);
  process.exitCode = 1;
}
