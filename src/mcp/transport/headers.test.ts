import assert from "node:assert/strict";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Server, ServerConfig } from "../mcp.ts";
import { headersOf, withHeaders } from "./headers.ts";

describe("the headers of a remote server", () => {
  let project: string;
  before(async () => {
    project = await realpath(await mkdtemp(join(tmpdir(), "codex-plus-headers-")));
  });
  after(() => rm(project, { recursive: true, force: true }));

  const server = (config: Partial<ServerConfig>): Server => ({
    name: "far",
    key: "far",
    scope: "user",
    file: "/nowhere",
    project,
    config: { type: "http", args: [], env: {}, headers: {}, url: "https://far.example/mcp", ...config },
    digest: "0",
    missing: [],
  });
  const of = (headersHelper: string) =>
    headersOf(server({ headers: { "x-one": "1", "x-two": "2" }, headersHelper }), {
      PATH: process.env.PATH,
      WHO: "me",
    });

  it("are those of its definition, over which those that its helper prints win", async () => {
    assert.deepEqual(await headersOf(server({ headers: { "x-one": "1" } }), {}), { "x-one": "1" });
    const printing = `echo '{"x-two":"'$WHO $CLAUDE_CODE_MCP_SERVER_NAME $CLAUDE_CODE_MCP_SERVER_URL $(pwd)'"}'`;
    assert.deepEqual(await of(printing), {
      "x-one": "1",
      "x-two": `me far https://far.example/mcp ${project}`,
    });
  });

  it("are none where the helper fails, of which nothing is told that it has printed", async () => {
    const failures: readonly (readonly [string, string])[] = [
      ["echo secret; exit 3", "The headersHelper of far ended with 3"],
      ["echo secret", "The headersHelper of far printed no JSON object of headers"],
      [`echo '{"x-secret":1}'`, "The headersHelper of far printed no JSON object of headers"],
      ["kill -9 $$", "The headersHelper of far was killed"],
      [`printf '{"x-key":"sec\\\\u000aret"}'`, 'The header "x-key" of far is none that can be sent'],
    ];
    for (const [helper, message] of failures) {
      await assert.rejects(of(helper), (error: Error) => {
        assert.deepEqual([error.message, error.cause], [message, undefined]);
        return true;
      });
    }
  });

  it("go to the server, and to nobody else", async () => {
    const sent: [string, Record<string, string>][] = [];
    const fetch = withHeaders(
      new URL("https://far.example/mcp"),
      { "X-Key": "k", Accept: "ours" },
      async (url, init) => {
        sent.push([String(url), Object.fromEntries(new Headers(init?.headers))]);
        return new Response();
      },
    );
    await fetch("https://far.example/messages", { headers: { accept: "theirs", "content-type": "text/plain" } });
    await fetch(new URL("https://login.example/token"), { headers: { accept: "theirs" } });
    assert.deepEqual(sent, [
      ["https://far.example/messages", { accept: "ours", "content-type": "text/plain", "x-key": "k" }],
      ["https://login.example/token", { accept: "theirs" }],
    ]);
  });
});
