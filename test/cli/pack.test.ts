/** The published form: `npm pack`, installed into an empty folder, run by whatever Node this machine has of its own. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { x } from "tinyexec";
import { VERSION } from "../../src/lib/version.ts";
import { firstLine } from "./program.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
let folder = "";
let variables: NodeJS.ProcessEnv = {};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "codex-plus-"));
  // As a person's shell has it: without the project's own programs and what npm tells its scripts.
  const outside = (process.env.PATH ?? "").split(delimiter).filter((part) => !part.includes("node_modules"));
  const given = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(package|lifecycle)_|npm_config_local_prefix|NODE_)/.test(name),
  );
  variables = { ...Object.fromEntries(given), PATH: outside.join(delimiter), CODEX_PLUS_HOME: join(folder, "home") };
  await run(ROOT, "npm", "pack", "--pack-destination", folder);
  await writeFile(join(folder, "package.json"), '{"name":"empty","private":true,"type":"module"}');
  await run(
    folder,
    "npm",
    "install",
    "--prefer-offline",
    "--no-audit",
    "--no-fund",
    join(folder, `codex-plus-${VERSION}.tgz`),
  );
});
after(() => rm(folder, { recursive: true }));

async function run(cwd: string, program: string, ...args: string[]): Promise<string> {
  const options = { cwd, env: variables };
  const { exitCode, stdout, stderr } = await x(program, args, { nodeOptions: options, nodePath: false });
  assert.equal(exitCode, 0, `${program} ${args.join(" ")}\n${stdout}\n${stderr}`);
  return stdout.trim();
}

test("the package holds JavaScript and types, no sources and no tests", async () => {
  const files = (await run(folder, "tar", "-tzf", `codex-plus-${VERSION}.tgz`))
    .split("\n")
    .map((name) => name.replace("package/", ""));
  const kinds = new Set(files.map((name) => /^[^/]+\/|^[^/]+$/.exec(name)?.[0]));
  assert.deepEqual([...kinds].filter((kind) => !["README.md", "CHANGELOG.md"].includes(String(kind))).sort(), [
    "LICENSE",
    "bin/",
    "dist/",
    "package.json",
  ]);
  assert.deepEqual(
    files.filter((name) => /\.test\.|(?<!\.d)\.ts$/.test(name)),
    [],
  );
});

test("npx codex-plus runs, whatever Node npx itself runs on", async () => {
  assert.equal(await run(folder, "npx", "codex-plus", "--version"), VERSION);
});

test("the installed proxy serves, on Node 24, and stops", async () => {
  const script = join(folder, "node_modules/codex-plus/bin/codex-plus.js");
  const child = spawn("node", [script, "serve", "--port", "0", "--json", "--log", "silent"], {
    env: variables,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const end = once(child, "exit");
  try {
    const { url } = await firstLine(child);
    const health = (await (await fetch(`${url}/_plus/health`)).json()) as { ok: boolean; version: string };
    assert.deepEqual({ ok: health.ok, version: health.version }, { ok: true, version: VERSION });
  } finally {
    child.kill("SIGTERM");
  }
  assert.deepEqual(await end, [0, null]);
});

test("the types of the public doors resolve for a program that imports the package", async () => {
  await writeFile(
    join(folder, "consumer.ts"),
    `import { type Config, CodexPlusError, loadConfig, startApp } from "codex-plus";
const config: Config = loadConfig({ flags: { port: 0 } }).config;
const app = await startApp(config);
const port: number = app.port;
// @ts-expect-error a type that resolved is not a string; one that did not would be any
const text: string = app.port;
export { CodexPlusError, port, text };
`,
  );
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const types = ["--types", "node", "--typeRoots", join(ROOT, "node_modules/@types")];
  const mode = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2024", "--skipLibCheck"];
  await run(folder, process.execPath, tsc, ...mode, ...types, "--ignoreConfig", "consumer.ts");
  assert.match(await readFile(join(folder, "node_modules/codex-plus/dist/index.d.ts"), "utf8"), /startApp/);
});
