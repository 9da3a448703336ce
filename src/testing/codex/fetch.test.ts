import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { x } from "tinyexec";
import { codexExecutable, codexFolder } from "./cache.ts";
import { installCodex } from "./fetch.ts";

const VERSION = "1.2.3";

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "codex-plus-fetch-"));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A package of the name of Codex, whose command prints the version it claims to be. */
async function packed(at: string, claims: string): Promise<Buffer> {
  await mkdir(join(at, "package"));
  const bin = { codex: "codex.js" };
  await writeFile(
    join(at, "package", "package.json"),
    JSON.stringify({ name: "@openai/codex", version: VERSION, bin }),
  );
  await writeFile(join(at, "package", "codex.js"), `#!/usr/bin/env node\nconsole.log("codex-cli ${claims}");\n`);
  await x("tar", ["-czf", "codex.tgz", "package"], { nodeOptions: { cwd: at } });
  return readFile(join(at, "codex.tgz"));
}

/** An npm registry that knows this one package; npm is pointed at it for the time of the test. */
async function registry(t: TestContext, tarball: Buffer): Promise<void> {
  const server = createServer(({ url, headers }, response) => {
    if (url?.endsWith(".tgz")) return response.end(tarball);
    const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
    const dist = { tarball: `http://${headers.host}/codex.tgz`, integrity };
    const versions = { [VERSION]: { name: "@openai/codex", version: VERSION, bin: { codex: "codex.js" }, dist } };
    return response.end(JSON.stringify({ name: "@openai/codex", "dist-tags": { latest: VERSION }, versions }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  await npmAt(t, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

async function npmAt(t: TestContext, url: string): Promise<void> {
  const variables = {
    npm_config_registry: url,
    npm_config_cache: await folder(t),
    npm_config_fetch_retries: "0",
    npm_config_replace_registry_host: "never",
  };
  const before = new Map(Object.keys(variables).map((name) => [name, process.env[name]]));
  Object.assign(process.env, variables);
  t.after(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
}

test("two at once get the same whole installation, and a third needs no registry", async (t) => {
  const cache = await folder(t);
  await t.test("with a registry", async (t) => {
    await registry(t, await packed(await folder(t), VERSION));
    const paths = await Promise.all([installCodex(cache, VERSION), installCodex(cache, VERSION)]);
    const path = codexExecutable(codexFolder(cache, VERSION));
    assert.deepEqual(paths, [path, path]);
    assert.deepEqual(await readdir(cache), [`codex-${VERSION}`]);
    assert.equal((await x(path, ["--version"])).stdout, "codex-cli 1.2.3\n");
  });
  await npmAt(t, "http://127.0.0.1:9/");
  assert.equal(await installCodex(cache, VERSION), codexExecutable(codexFolder(cache, VERSION)));
});

test("a registry that cannot be had is said plainly, and nothing is left behind", async (t) => {
  const cache = await folder(t);
  await npmAt(t, "http://127.0.0.1:9/");
  await assert.rejects(installCodex(cache, VERSION), {
    code: "CP_CODEX_UNAVAILABLE",
    message: /^npm could not install @openai\/codex@1\.2\.3: code ECONNREFUSED/,
  });
  assert.deepEqual(await readdir(cache), []);
});

test("an installation that says it is another version is not kept", async (t) => {
  const cache = await folder(t);
  await registry(t, await packed(await folder(t), "9.9.9"));
  await assert.rejects(installCodex(cache, VERSION), {
    code: "CP_CODEX_UNAVAILABLE",
    message: "the Codex CLI 1.2.3 was installed but answers: codex-cli 9.9.9",
  });
  assert.deepEqual(await readdir(cache), []);
});
