import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuiltinCall } from "./builtin.ts";
import { mcp, type ServerRoom } from "./mcp.ts";
import type { Standing } from "./mcp-standing.ts";

const NOW = 1_795_000_000_000;

function standing(name: string, more: Partial<Standing> = {}, server: Partial<Standing["server"]> = {}): Standing {
  const config = { type: "stdio", command: "npx" };
  return {
    server: { name, key: name, scope: "project", file: "/work/.mcp.json", config, missing: [], ...server },
    state: "idle",
    calls: 0,
    stderr: [],
    ...more,
  };
}

const OFFER = {
  tools: [{ name: "read_graph", description: "Reads *all*\nof it" }],
  prompts: [{ name: "tell", arguments: [{ name: "who", required: true }, { name: "how" }] }],
  resources: [{ name: "notes", uri: "memory://notes" }],
  templates: [{ name: "note", uriTemplate: "memory://notes/{id}" }],
  server: "memory-server 0.6.3",
};

function roomOf(
  all: readonly Standing[],
  problems: Awaited<ReturnType<ServerRoom["set"]>>["problems"] = [],
): ServerRoom {
  return { status: () => Promise.resolve(all), set: () => Promise.resolve({ problems }) };
}

async function told(room: ServerRoom | undefined, args = ""): Promise<string> {
  const catalog = (): never => assert.fail("it asks for no commands");
  const call: BuiltinCall = { args, thread: "t", request: "r", model: "m", cwd: "/work", catalog };
  return mcp(room, "/home", () => NOW).run(call);
}

test("/mcp tells how each server stands, what it offers and what there is to do", async () => {
  const all = [
    standing("memory", { state: "ready", offer: OFFER, pid: 7, calls: 2 }),
    standing("kept", { offer: OFFER }, { scope: "plus-user", file: "/home/.codexplus/mcp.json" }),
    standing("never"),
    standing("starts", { state: "starting" }),
    standing("broken", { state: "failed", error: "it ended with 1:\n`boom`", retryAt: NOW + 59_001 }),
    standing("again", { state: "failed", error: "gone", retryAt: NOW - 1 }),
    standing("my srv", { state: "login", offer: OFFER }, { key: "my_srv", missing: ["TOKEN", "HOST"] }),
    standing(
      "strange",
      { state: "held" },
      { held: { why: "untrusted", text: "read it, and if you trust it: codex-plus trust /work" } },
    ),
  ];
  const problems = [{ name: "odd", file: "/work/.mcp.json", message: "a url without a type" }];
  assert.equal(
    await told(roomOf(all, problems)),
    `**MCP servers for** \`/work\`

| server | state | tools | prompts | resources | from |
| --- | --- | --- | --- | --- | --- |
| \`memory\` | running, 2 calls | 1 | 1 | 1 and 1 template | project \`/work/.mcp.json\` |
| \`kept\` | starts when it is used | 1 | 1 | 1 and 1 template | user \`/home/.codexplus/mcp.json\` |
| \`never\` | never met | ? | ? | ? | project \`/work/.mcp.json\` |
| \`starts\` | starting | ? | ? | ? | project \`/work/.mcp.json\` |
| \`broken\` | failed: it ended with 1: \\\`boom\\\`; left alone for 60 s | ? | ? | ? | project \`/work/.mcp.json\` |
| \`again\` | failed: gone | ? | ? | ? | project \`/work/.mcp.json\` |
| \`my srv\` | wants a login | 1 | 1 | 1 and 1 template | project \`/work/.mcp.json\` |
| \`strange\` | not trusted | ? | ? | ? | project \`/work/.mcp.json\` |

**To do**
- \`never\`: to see what it does when it starts, in a shell: \`codex-plus mcp test never\`
- \`broken\`: to see what it does when it starts, in a shell: \`codex-plus mcp test broken\`
- \`again\`: to see what it does when it starts, in a shell: \`codex-plus mcp test again\`
- \`my srv\`: log in once, in a shell: \`codex-plus mcp login 'my srv'\`
- \`my srv\`: not set in the environment of Codex-Plus: \`TOKEN\`, \`HOST\`
- \`strange\`: read it, and if you trust it: codex-plus trust /work

**Cannot be used**
- \`odd\` (\`/work/.mcp.json\`): a url without a type

\`//mcp SERVER\` tells all of one; prompts are commands (\`//mcp__SERVER__PROMPT\`), and \`@SERVER:URI\` in a prompt attaches a resource. In a shell: \`codex-plus mcp list\`, \`add\`, \`login\`, \`test\`.`,
  );
});

test("/mcp SERVER tells what one offers, under the names to type", async () => {
  const room = roomOf([standing("memory", { state: "ready", offer: OFFER, pid: 7, calls: 1 })]);
  assert.equal(
    await told(room, "memory"),
    `**\`memory\`**: running, 1 call

- process 7
- project scope, \`/work/.mcp.json\`
- stdio: \`npx\`
- calls itself \`memory-server 0.6.3\`

**1 tool**
- \`mcp__memory__read_graph\` Reads \\*all\\* of it

**1 prompt**
- \`//mcp__memory__tell <who> [how]\`

**1 resource**
- \`@memory:memory://notes\`

**1 template**
- \`@memory:memory://notes/{id}\``,
  );
});

test("/mcp SERVER shows the last words of one that failed, and no more of an address than its host", async () => {
  const config = { type: "http", url: "https://person:secret@mcp.example.org/key/secret?token=secret" };
  const room = roomOf([standing("docs", { state: "failed", error: "refused", stderr: ["one", "~~~two"] }, { config })]);
  assert.equal(
    await told(room, "docs"),
    `**\`docs\`**: failed: refused

- project scope, \`/work/.mcp.json\`
- http: \`https://mcp.example.org\`
- to do: to see what it does when it starts, in a shell: \`codex-plus mcp test docs\`

What it offers is not known yet.

**The last it said**

~~~
one
~ ~ ~two
~~~`,
  );
});

test("/mcp knows a misspelt name, one that cannot be used, an empty folder, and being turned off", async () => {
  const problems = [{ name: "odd", file: "/work/.mcp.json", message: "a url without a type" }];
  const room = roomOf([standing("memory")], problems);
  assert.equal(await told(room, "memroy"), "There is no MCP server `memroy` here. Did you mean //mcp memory?");
  assert.equal(await told(room, "x"), "There is no MCP server `x` here. //mcp lists those there are.");
  assert.equal(await told(room, "odd"), "`odd` cannot be used: a url without a type (`/work/.mcp.json`)");
  assert.match(await told(roomOf([])), /^No MCP servers for `\/work`\./);
  assert.match(await told(undefined), /^MCP is off/);
});

test("/mcp has no text of a server's that a terminal would obey, or that is Markdown", async () => {
  const bad = "\u001b[2J\u001b]0;title\u0007![x](http://evil)";
  const failed = standing(bad, { state: "failed", error: bad, stderr: [bad], offer: { ...OFFER, server: bad } });
  const problems = [{ name: `odd${bad}`, file: "/work/.mcp.json", message: `its type ${bad} is none` }];
  const all = [await told(roomOf([failed], problems)), await told(roomOf([failed]), bad.trim())].join("\n");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
  assert.doesNotMatch(all, /[\u0000-\u0009\u000b-\u001f]/);
  assert.doesNotMatch(all.replaceAll(/`[^`\n]*`|~~~[^~]*~~~/g, ""), /!\[/);
});
