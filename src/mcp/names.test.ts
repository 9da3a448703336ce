import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tool } from "@modelcontextprotocol/sdk/types.js";
import type { Server } from "./mcp.ts";
import { namedTools, serverNamed, toolNamed } from "./names.ts";

const server = (key: string, name = key): Server => ({
  name,
  key,
  scope: "user",
  file: "/mcp.json",
  project: "/project",
  config: { type: "stdio", args: [], env: {}, headers: {} },
  digest: key,
  missing: [],
});
const tools = (...names: string[]): Tool[] => names.map((name) => ({ name, inputSchema: { type: "object" } }));
const names = (...offered: [Server, Tool[]][]) => namedTools(offered).map(({ name }) => name);

test("names are Claude Code's: what is no letter, digit, _ or - becomes _", () => {
  assert.deepEqual(names([server("my_srv_x", "my.srv x"), tools("do.it now", "good-one")]), [
    "mcp__my_srv_x__do_it_now",
    "mcp__my_srv_x__good-one",
  ]);
});

test("names that would be the same, for Codex too, are told apart, each time in the same way", () => {
  const offered: [Server, Tool[]] = [server("s"), tools("a-b", "a_b", "a.b", "a-b")];
  const [first, ...others] = names(offered);
  assert.equal(first, "mcp__s__a-b");
  assert.equal(others.length, 2);
  for (const name of others) assert.match(name, /^mcp__s__a_b_[0-9a-f]{8}$/);
  assert.deepEqual(names(offered), [first, ...others]);
  assert.deepEqual(
    names([server("a"), tools("b__c")], [server("a__b"), tools("c")]).map((name) => name.length),
    ["mcp__a__b__c".length, "mcp__a__b__c_12345678".length],
  );
});

test("a name that is too long ends in a hash of what it stands for", () => {
  const long = "x".repeat(80);
  const [one, other] = names([server("s"), tools(`${long}1`, `${long}2`)]);
  assert.deepEqual([one?.length, other?.length, one === other], [58, 58, false]);
  assert.equal(`mcp__plus__${one?.slice("mcp__".length)}`.length, 64);
});

test("a tool is found by its name, and with underscores for hyphens", () => {
  const all = namedTools([[server("lo-cal"), tools("one-two", "three")]]);
  const found = ["mcp__lo-cal__one-two", "mcp__lo_cal__one_two", "mcp__lo-cal__one_two", "mcp__lo_cal__four"];
  assert.deepEqual(
    found.map((name) => toolNamed(all, name)?.tool.name),
    ["one-two", "one-two", "one-two", undefined],
  );
});

test("the server of a name is the one with the longest fitting key", () => {
  const servers = [server("a"), server("a__b"), server("c-d")];
  const found = ["mcp__a__x", "mcp__a__b__x", "mcp__c_d__x", "mcp__e__x"];
  assert.deepEqual(
    found.map((name) => serverNamed(servers, name)?.key),
    ["a", "a__b", "c-d", undefined],
  );
});

test("tools that can only be called as tasks are left out", () => {
  const [tool] = tools("long");
  assert.ok(tool);
  const task = { ...tool, execution: { taskSupport: "required" as const } };
  assert.deepEqual(names([server("s"), [task]]), []);
});
