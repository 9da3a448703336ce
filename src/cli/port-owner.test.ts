import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { describeOwner, listeningInodes, parseLsof } from "./port-owner.ts";

test("only listening sockets on the port count in /proc/net/tcp", () => {
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    "   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0",
    "   1: 0100007F:0BB8 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0 0 10 0",
    "   2: 0100007F:0BB9 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0",
  ].join("\n");
  assert.deepEqual(listeningInodes(table, 3000), ["4711"]);
});

test("lsof's fields name the process, and no process is none", () => {
  assert.deepEqual(parseLsof("p1234\ncnginx\nf6\np99\ncother\n"), { pid: 1234, name: "nginx" });
  assert.equal(parseLsof(""), undefined);
});

test("a port's owner is named: a Codex-Plus by its health, anything else by its process", async () => {
  const health = {
    name: "codex-plus",
    ok: true,
    version: "9.9.9",
    pid: 7,
    port: 1,
    home: "/h",
    transport: "auto",
    startedAt: "2026-01-01T00:00:00.000Z",
  };
  let answer: object = health;
  const server = createServer((_, response) => response.end(JSON.stringify(answer))).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const plus = await describeOwner({ server: { host: "127.0.0.1", port }, environment: { home: tmpdir() } });
  answer = {};
  const stranger = await describeOwner({ server: { host: "127.0.0.1", port }, environment: { home: tmpdir() } });
  server.close();
  assert.equal(plus, "another Codex-Plus 9.9.9 (pid 7, since 2026-01-01T00:00:00.000Z)");
  assert.match(stranger, new RegExp(` \\(pid ${process.pid}\\)$`));
});
