import assert from "node:assert/strict";
import { test } from "node:test";
import type { McpRoom, Server, ServerStatus } from "../mcp/mcp.ts";
import { findMentions, ServerResources } from "./server-resources.ts";

function standing(name: string, ...uris: string[]): ServerStatus {
  const key = name.replaceAll(/[^\w-]/g, "_");
  const config = { type: "stdio", args: [], env: {}, headers: {} } as const;
  const server: Server = {
    name,
    key,
    scope: "project",
    file: "/w/.mcp.json",
    project: "/w",
    config,
    digest: "",
    missing: [],
  };
  const resources = uris.map((uri) => ({ uri, name: uri }));
  const offer = { tools: [], prompts: [], resources, templates: [], capabilities: {} };
  return { server, state: "idle", offer, calls: 0, stderr: [] };
}

const ALL = [standing("docs", "note", "x://y."), standing("docs:old"), standing("my srv")];

test("a mention is a server's name and an address behind an @ that begins a word", () => {
  const found = (text: string): string[] => findMentions(text, ALL).map(({ server, uri }) => `${server.name} ${uri}`);
  assert.deepEqual(found("@docs:file:///a.md, and @docs:x://b (@docs:no://no) @docs:x://b"), [
    "docs file:///a.md",
    "docs x://b",
  ]);
  assert.deepEqual(found("see @docs:x://y."), ["docs x://y."], "listed with its dot");
  assert.deepEqual(found("@docs:note @docs:other @docs: @docs @other:x://y me@docs:x://y"), ["docs note"]);
  assert.deepEqual(found('@docs:old:x://z @my_srv:x://z @"my srv:x://a b"'), [
    "docs:old x://z",
    "my srv x://z",
    "my srv x://a b",
  ]);
});

function roomOf(read: McpRoom["read"], servers = ALL): McpRoom {
  const room: Partial<McpRoom> = {
    any: (project) => project === "/w",
    set: () => Promise.resolve({ servers: servers.map(({ server }) => server), problems: [] }),
    status: () => Promise.resolve(servers),
    read,
  };
  return room as McpRoom;
}

const NEVER: McpRoom["read"] = () => assert.fail("nothing is read");

test("a quick search finds whatever may be a mention, and nothing where a folder names no server", async () => {
  const resources = new ServerResources({ room: roomOf(NEVER), maxBytes: 100, waitMs: 1000 });
  const found = async (text: string, project = "/w"): Promise<boolean> =>
    resources.mayBeIn(Buffer.from(JSON.stringify({ text })), project);
  assert.deepEqual(
    await Promise.all([
      found("me@example.org and @docs: x"),
      found('@"my srv:x://y"'),
      found("@my_srv:x"),
      found("me@example.org, @doc:x"),
      found("docs:x://y"),
      found("@docs:x://y", "/elsewhere"),
    ]),
    [true, true, true, false, false, false],
  );
  const abroad = new ServerResources({ room: roomOf(NEVER, [standing("größe")]), maxBytes: 100, waitMs: 1000 });
  assert.equal(await abroad.mayBeIn(Buffer.from("@größe:x://y"), "/w"), true);
});

const who = { project: "/w", thread: "t", signal: new AbortController().signal };

test("what is mentioned goes along in order; what cannot be read says why", async () => {
  const read: McpRoom["read"] = async (server, uri) => {
    if (uri === "x://gone") throw new Error("no such thing");
    return { contents: uri === "x://none" ? [] : [{ uri, text: `of ${server}` }] };
  };
  const resources = new ServerResources({ room: roomOf(read), maxBytes: 100, waitMs: 1000 });
  assert.deepEqual(await resources.named("@docs:x://gone @my_srv:x://1 @docs:x://none", who), [
    '<mcp-resource server="docs" uri="x://gone">\n[not attached: no such thing]\n</mcp-resource>',
    '<mcp-resource server="my srv" uri="x://1">\nof my srv\n</mcp-resource>',
    '<mcp-resource server="docs" uri="x://none">\n[it is empty]\n</mcp-resource>',
  ]);
});

test("a server that does not answer is not waited for, and who leaves is not answered", async () => {
  const read: McpRoom["read"] = (_server, _uri, { signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
  const resources = new ServerResources({ room: roomOf(read), maxBytes: 100, waitMs: 10 });
  assert.deepEqual(await resources.named("@docs:x://y", who), [
    '<mcp-resource server="docs" uri="x://y">\n[not attached: no answer within 0.01 s]\n</mcp-resource>',
  ]);
  const left = { ...who, signal: AbortSignal.abort(new Error("the client has gone")) };
  const gone = new ServerResources({ room: roomOf(() => Promise.reject(new Error("x"))), maxBytes: 100, waitMs: 1000 });
  await assert.rejects(gone.named("@docs:x://y", left), /the client has gone/);
});

test("a resource of many texts brings no more than one may have", async () => {
  const contents = ["a", "b", "c", "d"].map((letter) => ({ uri: `x://${letter}`, text: letter.repeat(20) }));
  const resources = new ServerResources({ room: roomOf(async () => ({ contents })), maxBytes: 110, waitMs: 1000 });
  assert.deepEqual(await resources.named("@docs:x://all", who), [
    `<mcp-resource server="docs" uri="x://a">\n${"a".repeat(20)}\n</mcp-resource>`,
    `<mcp-resource server="docs" uri="x://b">\n${"b".repeat(20)}\n</mcp-resource>`,
    '<mcp-resource server="docs" uri="x://all">\n[not attached: 2 parts more of it (setting mcp.resourceBytes)]\n</mcp-resource>',
  ]);
});

test("only so many resources go along with one prompt", async () => {
  const read: McpRoom["read"] = async (_, uri) => ({ contents: [{ uri, text: "t" }] });
  const resources = new ServerResources({ room: roomOf(read), maxBytes: 100, waitMs: 1000 });
  const text = Array.from({ length: 21 }, (_, at) => `@docs:x://${at}`).join(" ");
  const parts = await resources.named(text, who);
  assert.equal(parts.length, 21);
  assert.equal(
    parts.at(-1),
    '<mcp-resource server="docs" uri="x://20">\n[not attached: only 20 go along at a time]\n</mcp-resource>',
  );
});
