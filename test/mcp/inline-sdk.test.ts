/** The `openai` SDK and plain HTTP with real MCP servers, as the whole product has them: settings, room, hooks, record. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import OpenAI from "openai";
import type { ResponseInputItem } from "openai/resources/responses/responses";
import { type App, startApp } from "../../src/app.ts";
import { settingsSchema } from "../../src/config/schema.ts";
import { createLogger } from "../../src/log.ts";
import { ev, type Item, item, streamedText } from "../../src/testing/events.ts";
import { type Mock, type Reply, startMock } from "../../src/testing/index.ts";
import { answer, itemsIn, output, PlainClient, streamedCall } from "./inline-scene.ts";

const BIN = join(import.meta.dirname, "../../node_modules/.bin");

let root: string;
let project: string;
let mock: Mock;
let app: App;
let openai: OpenAI;
let token: string;

/** A route of the proxy's own. */
async function control(method: string, path: string, body?: object): Promise<unknown> {
  const headers = { "x-codex-plus-token": token, "content-type": "application/json" };
  const response = await fetch(`${app.url}/_plus/${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  assert.equal(response.status, 200);
  return response.json();
}

before(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "codex-plus-inline-")));
  project = join(root, "project");
  await mkdir(project);
  await writeFile(
    join(root, ".claude.json"),
    JSON.stringify({
      mcpServers: {
        every: { command: join(BIN, "mcp-server-everything") },
        memory: { command: join(BIN, "mcp-server-memory"), env: { MEMORY_FILE_PATH: join(root, "memory.jsonl") } },
      },
    }),
  );
  mock = await startMock();
  const upstreams = { openai: mock.url, chatgpt: mock.url };
  // So often that it is heard whenever a tool takes any time at all.
  const limits = { keepaliveMs: 50 };
  const settings = settingsSchema.parse({ server: { port: 0 }, upstreams, transport: "native", limits });
  const environment = {
    home: join(root, "plus"),
    codexHome: join(root, "codex"),
    user: root,
    managed: join(root, "no"),
  };
  app = await startApp({ ...settings, environment }, { log: createLogger("silent") });
  const defaultHeaders = { "x-codex-plus-mcp": "inline", "x-codex-plus-project": encodeURIComponent(project) };
  token = (await readFile(join(root, "plus", "token"), "utf8")).trim();
  await control("POST", "meet", { project, withinMs: 20_000 });
  openai = new OpenAI({ apiKey: "sk-test-key", baseURL: `${app.url}/v1`, maxRetries: 0, defaultHeaders });
});

after(async () => {
  await app.stop();
  await mock.stop();
  await rm(root, { recursive: true, force: true, maxRetries: 5 });
});

afterEach(() => assert.deepEqual(mock.record.violations, []));

/** What the requests from here on have as input. */
function sent(): () => unknown[] {
  const from = mock.record.turns.length;
  return () => mock.record.turns.slice(from).map(({ json }) => json.input);
}

const user = (content: string): Item => ({ type: "message", role: "user", content }) as Item;
const sum = (id: string, a: number, b: number): Item => item.call(id, "mcp__every__get-sum", { a, b });
const SUM = (a: number, b: number) => `The sum of ${a} and ${b} is ${a + b}.`;

/** An answer in one piece. */
function inOne(id: string, ...items: Item[]): Reply {
  return { status: 200, body: ev.completed(id, { input: 50, output: 5 }, items).response };
}

test("the SDK's streams: text before and after real calls, one response, all tokens; the history resent is the same bytes", async () => {
  const upstream = sent();
  const calls = [sum("call_1", 2, 3), item.call("call_2", "mcp__memory__read_graph", {})];
  mock.script(
    [
      ev.created("r1"),
      ...streamedText("msg_1", "let me see", 0),
      ...calls.flatMap((call, at) => streamedCall(call, at + 1)),
      ev.completed("r1", { input: 50, cached: 10, output: 5, reasoning: 1 }, [
        item.text("msg_1", "let me see"),
        ...calls,
      ]),
    ],
    [
      ev.created("r2"),
      ...streamedText("msg_2", "it is 5", 0),
      ev.completed("r2", { input: 70, cached: 50, output: 7, reasoning: 2 }, [item.text("msg_2", "it is 5")]),
    ],
  );
  const stream = openai.responses.stream({
    model: "gpt-5.5",
    input: [user("2+3?") as ResponseInputItem],
    store: false,
  });
  const text: string[] = [];
  let items: unknown[] = [];
  for await (const event of stream) {
    if (event.type === "response.output_text.delta") text.push(event.delta);
    if (event.type === "response.completed") items = event.response.output;
  }
  const final = await stream.finalResponse();
  assert.deepEqual(
    { text: text.join(""), items: final.output.map(({ id }) => id), usage: final.usage },
    {
      text: "let me seeit is 5",
      items: ["msg_1", "msg_2"],
      usage: {
        input_tokens: 120,
        input_tokens_details: { cached_tokens: 60 },
        output_tokens: 12,
        output_tokens_details: { reasoning_tokens: 3 },
        total_tokens: 132,
      },
    },
  );
  const graph = JSON.stringify({ entities: [], relations: [] }, undefined, 2);
  const told = [
    user("2+3?"),
    item.text("msg_1", "let me see"),
    ...calls,
    output("call_1", SUM(2, 3)),
    output("call_2", graph),
  ];
  assert.deepEqual(upstream(), [[user("2+3?")], told]);

  const input = [user("2+3?"), ...items, user("and now?")] as ResponseInputItem[];
  const [, second] = mock.record.turns.slice(-2);
  for await (const _ of await openai.responses.create({ model: "gpt-5.5", input, store: false, stream: true }));
  const third = mock.record.turns.at(-1);
  const prefix = JSON.stringify(second?.json.input).slice(0, -1);
  assert.ok(third?.received.includes(prefix), "what upstream has seen it sees again, byte for byte");
  assert.deepEqual(third?.json.tools, second?.json.tools);
});

test("the SDK without a stream, and fetch: a response in one piece; a picture goes to the model as a picture", async () => {
  const upstream = sent();
  mock.script(
    inOne("r1", item.call("call_3", "mcp__every__get-tiny-image", {})),
    inOne("r2", item.text("msg_3", "a logo")),
    inOne("r3", sum("call_4", 1, 1)),
    inOne("r4", item.text("msg_4", "two")),
  );
  const response = await openai.responses.create({ model: "gpt-5.5", input: "draw", store: false });
  assert.deepEqual(
    { text: response.output_text, id: response.id, total: response.usage?.total_tokens },
    { text: "a logo", id: "r2", total: 110 },
  );
  const plain = await fetch(`${app.url}/v1/responses`, {
    method: "POST",
    headers: {
      authorization: "Bearer sk-test-key",
      "content-type": "application/json",
      "x-codex-plus-mcp": "inline",
      "x-codex-plus-project": encodeURIComponent(project),
    },
    body: JSON.stringify({ model: "gpt-5.5", input: "1+1?", store: false }),
  });
  assert.deepEqual(
    await plain.json(),
    ev.completed("r4", { input: 100, output: 10 }, [item.text("msg_4", "two")]).response,
  );
  const [, picture, , two] = upstream() as { output?: { type: string; image_url?: string }[] }[][];
  assert.deepEqual(
    picture?.at(-1)?.output?.map(({ type, image_url: url }) => [type, url?.slice(0, 22)]),
    [
      ["input_text", undefined],
      ["input_image", "data:image/png;base64,"],
      ["input_text", undefined],
    ],
  );
  assert.deepEqual(two, [user("1+1?"), sum("call_4", 1, 1), output("call_4", SUM(1, 1))]);
});

test("a server that is killed in mid call is an error for the model, which goes on; the next call works", async (t) => {
  const upstream = sent();
  const slow = item.call("call_5", "mcp__every__trigger-long-running-operation", { duration: 600, steps: 1 });
  mock.script(
    answer("r1", slow),
    answer("r2", item.text("msg_5", "it broke"), sum("call_6", 4, 4)),
    answer("r3", item.text("msg_6", "8")),
  );
  const client = new PlainClient(t, app, "sse", { "x-codex-plus-project": encodeURIComponent(project) });
  let killed = false;
  client.waited = () => {
    if (killed) return;
    killed = true;
    void everyPid().then((pid) => process.kill(pid, "SIGKILL"));
  };
  const events = await client.say("go");
  assert.deepEqual(itemsIn(events), [item.text("msg_5", "it broke"), item.text("msg_6", "8")]);
  const [, broke, works] = upstream() as { output?: string }[][];
  assert.match(String(broke?.at(-1)?.output), /^The tool failed:\n/);
  assert.deepEqual(works?.at(-1), output("call_6", SUM(4, 4)));
});

/** The process of `every`, in whose midst a call is. */
async function everyPid(): Promise<number> {
  const { servers } = (await control("GET", `servers?project=${encodeURIComponent(project)}`)) as {
    servers: { name: string; pid?: number }[];
  };
  return servers.find(({ name }) => name === "every")?.pid ?? assert.fail("it runs no more");
}

for (const wire of ["sse", "ws"] as const) {
  test(`${wire}: hooks stand around each call once, and the client's calls beside it are judged as ever`, async (t) => {
    const upstream = sent();
    const file = join(root, `told-${wire}`);
    const command = `{ cat; echo; } >> ${file}`;
    const guard = "grep -q 'rm ' && { echo no deleting >&2; exit 2; }; exit 0";
    const hooks = {
      PreToolUse: [
        { matcher: "mcp__.*", hooks: [{ type: "command", command }] },
        { matcher: "Bash", hooks: [{ type: "command", command: guard }] },
      ],
      PostToolUse: [{ matcher: "mcp__.*", hooks: [{ type: "command", command }] }],
    };
    await mkdir(join(root, ".claude"), { recursive: true });
    await writeFile(join(root, ".claude", "settings.json"), JSON.stringify({ hooks }));
    t.after(() => rm(join(root, ".claude"), { recursive: true }));
    const rm_ = item.call(`call_7_${wire}`, "exec_command", { cmd: "rm -rf /" });
    mock.script(
      answer("r1", rm_, sum(`call_8_${wire}`, 1, 2)),
      answer("r2", sum(`call_9_${wire}`, 3, 4)),
      answer("r3", item.text(`msg_7_${wire}`, "3 and 7")),
    );
    const headers = { "x-codex-plus-project": encodeURIComponent(project) };
    const client = new PlainClient(t, app, wire, headers);
    const tools = [{ type: "function", name: "exec_command" }];
    const events = await client.say("go", { tools });
    assert.deepEqual(itemsIn(events), [item.text(`msg_7_${wire}`, "3 and 7")]);
    const told = (await readFile(file, "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      told.map(({ hook_event_name: event, tool_name: tool, tool_input: input }) => [event, tool, input]),
      [
        ["PreToolUse", "mcp__every__get-sum", { a: 1, b: 2 }],
        ["PostToolUse", "mcp__every__get-sum", { a: 1, b: 2 }],
        ["PreToolUse", "mcp__every__get-sum", { a: 3, b: 4 }],
        ["PostToolUse", "mcp__every__get-sum", { a: 3, b: 4 }],
      ],
    );
    const denial = `PreToolUse:Bash hook error: [${guard}]: no deleting\n`;
    const history = [
      user("go"),
      rm_,
      sum(`call_8_${wire}`, 1, 2),
      output(`call_7_${wire}`, denial),
      output(`call_8_${wire}`, SUM(1, 2)),
      sum(`call_9_${wire}`, 3, 4),
      output(`call_9_${wire}`, SUM(3, 4)),
    ];
    assert.deepEqual(
      upstream(),
      wire === "sse"
        ? [history.slice(0, 1), history.slice(0, 5), history]
        : [history.slice(0, 1), history.slice(3, 5), history.slice(6)],
    );
    client.hangUp();
    await client.say("and now", { tools });
    assert.deepEqual(upstream().at(-1), [...history, item.text(`msg_7_${wire}`, "3 and 7"), user("and now")]);
  });
}
