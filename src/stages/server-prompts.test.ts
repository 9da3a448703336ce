import assert from "node:assert/strict";
import { test } from "node:test";
import type { Prompt } from "@modelcontextprotocol/sdk/types.js";
import { CodexPlusError } from "../errors.ts";
import type { McpRoom, Offer, ServerStatus } from "../mcp/mcp.ts";
import { ServerPrompts } from "./server-prompts.ts";

const GREET: Prompt = {
  name: "greet me",
  description: "Says hello",
  arguments: [
    { name: "who", description: "whom to greet", required: true },
    { name: "how" },
    { name: "where", required: true },
  ],
};

function standing(
  name: string,
  prompts: readonly Prompt[] | undefined,
  held?: ServerStatus["server"]["held"],
): ServerStatus {
  const key = name.replaceAll(/[^\w-]/g, "_");
  const config = { type: "stdio", args: [], env: {}, headers: {} } as const;
  const rest = { tools: [], resources: [], templates: [], capabilities: {} };
  const offer: Offer | undefined = prompts && { ...rest, prompts };
  const server = {
    name,
    key,
    scope: "project",
    file: "/w/.mcp.json",
    project: "/w",
    config,
    digest: "",
    missing: [],
  } as const;
  return { server: { ...server, held }, state: "idle", offer, calls: 0, stderr: [] };
}

/** A room whose servers answer a prompt with what they were asked; `met` is what is known once one has been asked. */
function roomOf(before: readonly ServerStatus[], met = before): McpRoom {
  let asked = false;
  const room: Partial<McpRoom> = {
    any: () => true,
    status: () => Promise.resolve(asked ? met : before),
    async prompt(server, name, args) {
      asked = true;
      if (name === "picked") throw new CodexPlusError("CP_MCP_UNKNOWN", "no such prompt");
      if (server === "shut") throw new CodexPlusError("CP_MCP_LOGIN", "it wants a login");
      if (Object.keys(args).length === 0 && name === "picky") throw new CodexPlusError("CP_MCP_SERVER", "who?");
      const text = JSON.stringify([server, name, args]);
      return { messages: [{ role: "user", content: { type: "text", text } }] };
    },
  };
  return room as McpRoom;
}

const prompts = (room: McpRoom): ServerPrompts => new ServerPrompts(room, 1000);
const where = { cwd: "/w", session: "t" };

test("prompts that are known are listed under their server's name; those of a server that is held are not", async () => {
  const held = { why: "untrusted", text: "trust it" } as const;
  const room = roomOf([standing("my.srv x", [GREET]), standing("new", undefined), standing("held", [GREET], held)]);
  assert.deepEqual(await prompts(room).list("/w"), [
    {
      name: "mcp__my_srv_x__greet me",
      description: "Says hello",
      arguments: [
        { name: "who", required: true },
        { name: "how", required: false },
        { name: "where", required: true },
      ],
      place: "MCP server my.srv x",
      file: "/w/.mcp.json",
    },
  ]);
});

test("words fill the arguments in order, and those beyond them are dropped", async () => {
  const room = roomOf([standing("my.srv x", [GREET])]);
  assert.deepEqual(await prompts(room).run("mcp__my_srv_x__greet me", ["bob", '"very', 'well"', "x"], where), {
    kind: "prompt",
    parts: ['["my.srv x","greet me",{"who":"bob","how":"\\"very","where":"well\\""}]'],
    attached: [],
  });
});

test("a prompt whose required arguments are missing is refused, by name", async () => {
  assert.deepEqual(await prompts(roomOf([standing("srv", [GREET])])).run("mcp__srv__greet me", [], where), {
    kind: "refused",
    text: "/mcp__srv__greet me was not run: who and where are missing.\nType: /mcp__srv__greet me <who> [how] <where>\n- who: whom to greet",
  });
});

test("a prompt that nobody has heard of is asked for; what its server then tells decides", async () => {
  const picky = { name: "picky", arguments: [{ name: "who", required: true }] };
  const met = [standing("srv", [picky])];
  const ran = (command: string, words: string[]) =>
    prompts(roomOf([standing("srv", undefined)], met)).run(command, words, where);
  assert.deepEqual(
    await Promise.all([
      ran("mcp__srv__picky", ["bob"]),
      ran("mcp__srv__picky", []),
      ran("mcp__srv__plain", ["x"]),
      ran("mcp__srv__picked", []),
    ]),
    [
      { kind: "prompt", parts: ['["srv","picky",{"who":"bob"}]'], attached: [] },
      { kind: "refused", text: "/mcp__srv__picky was not run: who is missing.\nType: /mcp__srv__picky <who>" },
      { kind: "prompt", parts: ['["srv","plain",{}]'], attached: [] },
      { kind: "refused", text: "MCP server srv has no prompt picked. Did you mean //mcp__srv__picky?" },
    ],
  );
});

test("of two servers that a name begins with the longer one is meant; a name of no server is none of ours", async () => {
  const room = prompts(roomOf([standing("a", []), standing("a__b", [])]));
  assert.equal((await room.find("mcp__a__b__c", "/w"))?.place, "MCP server a__b");
  assert.equal((await room.find("mcp__a__c", "/w"))?.place, "MCP server a");
  assert.equal((await prompts(roomOf([standing("my-srv", [])])).find("mcp__my_srv__x", "/w"))?.name, "mcp__my-srv__x");
  assert.deepEqual(
    await Promise.all(["mcp__a__", "mcp__a", "a__c", "mcp__b__c"].map((name) => room.find(name, "/w"))),
    [undefined, undefined, undefined, undefined],
  );
});

test("what goes wrong at a server is a refusal that says what to do", async () => {
  assert.deepEqual(await prompts(roomOf([standing("shut", [])])).run("mcp__shut__x", [], where), {
    kind: "refused",
    text: "/mcp__shut__x: it wants a login\nLog in once in the browser: codex-plus mcp login shut",
  });
});
