/** The gateway as MCP clients see it: the SDK's own client, over HTTP, and servers that run in this process. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  type ClientCapabilities,
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { type Gate, openGate } from "./gate.ts";
import { notes, slow } from "./gateway-servers.ts";
import { type MemoryRoom, memoryRoom } from "./memory-room.ts";
import { suiteServer } from "./suite-server.ts";

let room: MemoryRoom;
let gate: Gate;
const waiting = slow();
const clients: Client[] = [];

before(async () => {
  const servers = { "my notes": notes("mine"), theirs: notes("theirs"), suite: suiteServer(), slow: waiting.server };
  room = await memoryRoom(servers);
  gate = await openGate(room);
});
after(async () => {
  for (const client of clients) await client.close();
  await gate.close();
  await room.close();
});

interface Wishes {
  readonly name?: string;
  readonly project?: string;
  readonly capabilities?: ClientCapabilities;
}

/** A client whose stream for news is open. */
async function connect({ name, project, capabilities = {} }: Wishes = {}): Promise<Client> {
  const client = new Client({ name: "test-client", version: "1" }, { capabilities });
  clients.push(client);
  const headers = project === undefined ? {} : { "x-codex-plus-project": encodeURIComponent(project) };
  const listening = Promise.withResolvers<void>();
  const transport = new StreamableHTTPClientTransport(gate.url(name), {
    requestInit: { headers },
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      if (init?.method === "GET") listening.resolve();
      return response;
    },
  });
  await client.connect(transport);
  await listening.promise;
  return client;
}

/** The next notification of a kind. */
function next<Schema extends Parameters<Client["setNotificationHandler"]>[0]>(client: Client, schema: Schema) {
  return new Promise<unknown>((resolve) => client.setNotificationHandler(schema, resolve));
}

const textOf = (result: object) => (result as { content: { text?: string }[] }).content.map(({ text }) => text);

suite("All servers as one", { timeout: 20_000 }, () => {
  test("tools and prompts have their server's key before them, and keep all else", async () => {
    const client = await connect();
    const { tools } = await client.listTools();
    const found = tools.filter(({ name }) => name.endsWith("__count"));
    const common = {
      title: "Count notes",
      description: "Says how many there are",
      annotations: { readOnlyHint: true, openWorldHint: false },
    };
    assert.deepEqual(
      found.map(({ inputSchema: _in, outputSchema: _out, execution: _how, ...rest }) => rest),
      [
        { name: "my_notes__count", ...common, _meta: { "example.org/kind": "mine" } },
        { name: "theirs__count", ...common, _meta: { "example.org/kind": "theirs" } },
      ],
    );
    assert.deepEqual(
      found.map(({ outputSchema }) => outputSchema?.properties),
      [{ count: { type: "number" } }, { count: { type: "number" } }],
    );
    const { prompts } = await client.listPrompts();
    const greetings = prompts.filter(({ name }) => name.endsWith("__greet"));
    assert.deepEqual(
      greetings.map(({ name }) => name),
      ["my_notes__greet", "theirs__greet"],
    );
    const greeting = await client.getPrompt({ name: "theirs__greet", arguments: { who: "Ann" } });
    assert.deepEqual(greeting.messages, [{ role: "user", content: { type: "text", text: "theirs greets Ann" } }]);
  });

  test("what the servers say of themselves stands under their names", async () => {
    const client = await connect();
    const told = "# my_notes\nAsk mine for notes.\n\n# theirs\nAsk theirs for notes.\n\n# suite\nFor tests.";
    assert.equal(client.getInstructions(), told);
  });

  test("a uri stays as it is while only one server has it, and can always be asked for with its server", async () => {
    const client = await connect();
    const { resources } = await client.listResources();
    assert.deepEqual(
      resources.map(({ uri }) => uri).filter((uri) => uri.includes("notes:")),
      ["plus:my_notes/notes://all", "notes://mine", "plus:theirs/notes://all", "notes://theirs"],
    );
    const read = async (uri: string) => (await client.readResource({ uri })).contents;
    const theirs = "plus:theirs/notes://all";
    assert.deepEqual(await read(theirs), [{ uri: theirs, text: "all of theirs" }]);
    assert.deepEqual(await read("notes://mine"), [{ uri: "notes://mine", text: "own of mine" }]);
    assert.deepEqual(await read("theirs://7"), [{ uri: "theirs://7", text: "note 7 of theirs" }]);
    const prefixed = "plus:my_notes/mine://8";
    assert.deepEqual(
      await read(prefixed),
      [{ uri: "mine://8", text: "note 8 of mine" }].map((one) => ({ ...one, uri: prefixed })),
    );
    await assert.rejects(read("notes://all"), {
      code: -32002,
      message: /plus:my_notes\/notes:\/\/all or plus:theirs\/notes:\/\/all/,
    });
  });

  test("a call tells who calls, as Codex says it, and brings structured content back", async () => {
    const client = await connect({ project: "/work/ü" });
    const _meta = {
      threadId: "t1",
      sessionId: "s1",
      callId: "exec-1",
      "x-codex-turn-metadata": { turn_id: "u1", thread_id: "t1" },
    };
    const result = await client.callTool({ name: "my_notes__count", arguments: { of: "all" }, _meta });
    assert.deepEqual(result, { content: [{ type: "text", text: "all: 3" }], structuredContent: { count: 3 } });
    const { signal: _signal, progress, logged: _logged, asked: _asked, ...caller } = room.callers.at(-1) ?? {};
    assert.deepEqual(caller, {
      project: "/work/ü",
      thread: "t1",
      session: "s1",
      turn: "u1",
      call: "exec-1",
      client: "test-client",
    });
    assert.equal(progress, undefined);
  });

  test("a call without such marks is a call of the person's home", async () => {
    const client = await connect();
    await client.callTool({ name: "theirs__count", arguments: { of: "x" }, _meta: { threadId: 7 } });
    const { project, thread, turn, call } = room.callers.at(-1) ?? {};
    assert.deepEqual(
      { project, thread, turn, call },
      { project: "/home", thread: undefined, turn: undefined, call: undefined },
    );
  });

  test("a tool that there is not is an error that the model gets to read", async () => {
    const client = await connect();
    const result = await client.callTool({ name: "nothing__here" });
    assert.deepEqual(result, {
      isError: true,
      content: [{ type: "text", text: "There is no tool mcp__nothing__here." }],
    });
    await assert.rejects(client.getPrompt({ name: "greet" }), { code: -32602 });
  });

  test("arguments are completed by the server whose they are", async () => {
    const client = await connect();
    const ref = { type: "ref/prompt", name: "suite__test_prompt_with_arguments" } as const;
    const { completion } = await client.complete({ ref, argument: { name: "arg1", value: "par" } });
    assert.deepEqual(completion.values, ["paris", "park", "party"]);
    const of = { type: "ref/resource", uri: "mine://{id}" } as const;
    await assert.rejects(client.complete({ ref: of, argument: { name: "id", value: "" } }), { code: -32601 });
  });
});

suite("In the midst of a call", { timeout: 20_000 }, () => {
  test("progress comes under the caller's own token", async () => {
    const client = await connect();
    const steps: unknown[] = [];
    const result = await client.callTool({ name: "suite__test_tool_with_progress" }, undefined, {
      onprogress: (step) => steps.push(step),
    });
    assert.deepEqual(textOf(result), ["Done."]);
    assert.deepEqual(
      steps,
      [0, 50, 100].map((progress) => ({ progress, total: 100 })),
    );
  });

  test("logs come as long as they are of the level that was asked for", async () => {
    const client = await connect();
    const logs: unknown[] = [];
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void logs.push(params.data));
    await client.callTool({ name: "suite__test_tool_with_logging" });
    assert.deepEqual(logs, ["Tool execution started", "Tool processing data", "Tool execution completed"]);
    await client.setLoggingLevel("warning");
    await client.callTool({ name: "suite__test_tool_with_logging" });
    assert.equal(logs.length, 3);
  });

  test("what a server asks, its caller answers", async () => {
    const client = await connect({ capabilities: { elicitation: {}, sampling: {}, roots: {} } });
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: "accept", content: { username: "ann" } }));
    client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => ({
      role: "assistant",
      content: { type: "text", text: `heard ${JSON.stringify(params.messages[0]?.content)}` },
      model: "m",
    }));
    client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: "file:///here" }] }));
    const say = async (name: string, args = {}) => textOf(await client.callTool({ name, arguments: args }));
    assert.deepEqual(await say("suite__test_elicitation", { message: "who?" }), [
      'User response: action: accept, content: {"username":"ann"}',
    ]);
    assert.deepEqual(await say("suite__test_sampling", { prompt: "hi" }), [
      'LLM response: heard {"type":"text","text":"hi"}',
    ]);
    assert.deepEqual(await say("slow__roots"), ["file:///here"]);
  });

  test("a caller that answers no questions is not asked", async () => {
    const client = await connect();
    const result = await client.callTool({ name: "suite__test_elicitation", arguments: { message: "who?" } });
    assert.equal(result.isError, true);
    assert.match(textOf(result).join(), /does not answer elicitation\/create/);
  });

  test("a call that is cancelled ends at its server too", async () => {
    const client = await connect();
    const over = new AbortController();
    const call = client.callTool({ name: "slow__wait" }, undefined, { signal: over.signal });
    const signal = await waiting.begun;
    const ended = new Promise((resolve) => signal.addEventListener("abort", resolve));
    over.abort(new Error("enough"));
    await assert.rejects(call, /enough/);
    await ended;
  });
});

suite("News", { timeout: 20_000 }, () => {
  test("a watched resource's changes are told under the uri that was watched, until it is left", async () => {
    const client = await connect();
    const uri = "plus:suite/test://watched-resource";
    await client.subscribeResource({ uri });
    const told = next(client, ResourceUpdatedNotificationSchema);
    await client.callTool({ name: "suite__touch" });
    assert.deepEqual(await told, { method: "notifications/resources/updated", params: { uri } });
    await client.unsubscribeResource({ uri });
  });

  test("sessions of a project hear that its lists have changed, and no others", async () => {
    const here = await connect({ project: "/here" });
    const there = await connect({ project: "/there" });
    const toldThere: unknown[] = [];
    const told = next(here, ToolListChangedNotificationSchema);
    const news = new Promise((resolve) => {
      there.setNotificationHandler(ToolListChangedNotificationSchema, (one) => resolve(toldThere.push(one)));
    });
    room.change("/here");
    await told;
    room.change("/there");
    await news;
    assert.equal(toldThere.length, 1);
  });
});

suite("One server alone", { timeout: 20_000 }, () => {
  test("it is found by its name and by its key, and keeps its own names", async () => {
    for (const name of ["my notes", "my_notes"]) {
      const client = await connect({ name: encodeURIComponent(name) });
      assert.equal(client.getInstructions(), "Ask mine for notes.");
      const { tools } = await client.listTools();
      const { resources } = await client.listResources();
      const result = await client.callTool({ name: "count", arguments: { of: "all" } });
      assert.deepEqual(
        [tools.map((tool) => tool.name), resources.map(({ uri }) => uri), result.structuredContent],
        [["count"], ["notes://all", "notes://mine"], { count: 3 }],
      );
    }
  });

  test("one that is not configured is no route", async () => {
    const response = await fetch(gate.url("nobody"), { method: "POST", body: "{}" });
    assert.equal(response.status, 404);
    const { error } = (await response.json()) as { error: { code: string } };
    assert.equal(error.code, "mcp_unknown");
  });
});
