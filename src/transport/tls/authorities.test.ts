import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import tls from "node:tls";
import { authoritiesWith } from "./authorities.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "authorities-"));
});
after(() => rm(folder, { recursive: true }));

const certificate = () => readFile(new URL("../../../test/tls/fixtures/ca.pem", import.meta.url), "utf8");

async function file(text: string): Promise<string> {
  const path = join(folder, "ca.pem");
  await writeFile(path, text);
  return path;
}

test("the file's certificates stand beside Node's own, each once, whatever else the file holds", async () => {
  const pem = await certificate();
  const key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
  const found = authoritiesWith(await file(`# Corporate root\r\n${key}${pem.replaceAll("\n", "\r\n")}\n${pem}`));
  assert.deepEqual(found, [...new Set(tls.getCACertificates("default")), pem]);
});

test("a file that cannot be used is refused with its name and the reason", async () => {
  const missing = join(folder, "missing.pem");
  assert.throws(() => authoritiesWith(missing), {
    code: "CP_CONFIG_INVALID",
    message: `the CA file ${missing} cannot be used: ENOENT: no such file or directory, open '${missing}'`,
  });
  const empty = await file("not a certificate");
  assert.throws(() => authoritiesWith(empty), {
    code: "CP_CONFIG_INVALID",
    message: `the CA file ${empty} cannot be used: it holds no PEM certificate`,
  });
  const damaged = await file((await certificate()).replace(/\n.{20}/, "\n"));
  assert.throws(() => authoritiesWith(damaged), {
    code: "CP_CONFIG_INVALID",
    message: `the CA file ${damaged} cannot be used: its certificate number 1 is damaged`,
  });
});
