/** Calls of MCP tools made within the answer, for clients that know nothing of them: on both wires, through the whole proxy. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ev, type Item, item } from "../../src/testing/events.ts";
import { failure, type Reply } from "../../src/testing/index.ts";
import {
  answer,
  type InlineScene,
  inlineScene,
  itemsIn,
  output,
  PlainClient,
  type SceneOptions,
  said,
  streamedCall,
  type Tools,
} from "./inline-scene.ts";

const WIRES = ["sse", "ws"] as const;
type Wire = (typeof WIRES)[number];

interface Talk extends InlineScene {
  readonly client: PlainClient;
}

async function talk(t: TestContext, wire: Wire, options: SceneOptions, ...answers: Reply[]): Promise<Talk> {
  const here = await inlineScene(t, options);
  here.mock.script(...answers);
  t.after(() => assert.deepEqual(here.mock.record.violations, []));
  return { ...here, client: new PlainClient(t, here.app, wire) };
}

const add = {
  sums__add: ({ input }: { input: Readonly<Record<string, unknown>> }) =>
    said(String(Number(input.a) + Number(input.b))),
};
const sum = (id: string, a: number, b: number): Item => item.call(id, "mcp__sums__add", { a, b });
const prompt = (text: string): Item => ({ type: "message", role: "user", content: text }) as Item;

for (const wire of WIRES) {
  test(`${wire}: a call of ours is made within the answer, and later requests bring it as upstream knows it`, async (t) => {
    const [before, call, after] = [
      item.text("msg_1", "let me see"),
      sum("call_1", 2, 3),
      item.text("msg_2", "it is 5"),
    ];
    const { client, sent, made } = await talk(t, wire, { tools: add }, answer("r1", before, call), answer("r2", after));
    const events = await client.say("what is 2+3?");
    const used = { input: 240, output: 24 };
    assert.deepEqual(events, [
      ev.created("r1"),
      ev.done(before, 0),
      ev.done(after, 1),
      ev.completed("r2", used, [before, after]),
    ]);
    assert.deepEqual(
      made.map(({ name, input, caller: { signal: _, request: __, project: ___, ...caller } }) => ({
        name,
        input,
        caller,
      })),
      [
        {
          name: "mcp__sums__add",
          input: { a: 2, b: 3 },
          caller: { thread: undefined, turn: undefined, client: "inline", call: "call_1" },
        },
      ],
    );
    const told = [before, call, output("call_1", "5")];
    assert.deepEqual(sent(), [
      [prompt("what is 2+3?")],
      wire === "ws" ? told.slice(-1) : [prompt("what is 2+3?"), ...told],
    ]);

    client.hangUp();
    await client.say("thanks");
    assert.deepEqual(sent().at(-1), [prompt("what is 2+3?"), ...told, after, prompt("thanks")]);
  });
}

const ABORTED = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

/** A promise that others settle. */
function later<Value = void>() {
  return Promise.withResolvers<Value>();
}

for (const wire of WIRES) {
  test(`${wire}: calls of one answer run together, and what is said behind them does not wait for them`, async (t) => {
    const [one, two, spoken] = [later(), later(), later()];
    const slow: Tools = {
      slow__one: async () => {
        one.resolve();
        await two.promise;
        await spoken.promise;
        return said("1");
      },
      slow__two: async () => {
        two.resolve();
        await one.promise;
        return said("2");
      },
    };
    const [first, second] = [item.call("call_1", "mcp__slow__one", {}), item.call("call_2", "mcp__slow__two", {})];
    const [between, after] = [item.text("msg_1", "meanwhile"), item.text("msg_2", "done")];
    const { client, sent } = await talk(
      t,
      wire,
      { tools: slow },
      answer("r1", first, second, between),
      answer("r2", after),
    );
    client.saw = ({ type, item: seen }) => {
      if (type === "response.output_item.done" && (seen as Item).id === "msg_1") spoken.resolve();
    };
    const events = await client.say("go");
    assert.deepEqual(itemsIn(events), [between, after]);
    assert.deepEqual(
      events.map(({ output_index: at }) => at).filter((at) => at !== undefined),
      [0, 1],
    );
    assert.deepEqual(sent().at(-1)?.slice(-2), [output("call_1", "1"), output("call_2", "2")]);
  });

  test(`${wire}: beside a call of the client's own ours is made too, and told of when the client has answered`, async (t) => {
    const [ours, own] = [sum("call_1", 1, 1), item.call("call_2", "look", { at: "it" })];
    const { client, sent } = await talk(
      t,
      wire,
      { tools: add },
      answer("r1", ours, own),
      answer("r2", item.text("msg_1", "2")),
    );
    const tools = [{ type: "function", name: "look", parameters: {} }];
    assert.deepEqual(await client.say("go", { tools }), answer("r1", own));
    client.history.push(output("call_2", "seen"));
    await client.send({ tools });
    const told = [output("call_2", "seen"), output("call_1", "2")];
    assert.deepEqual(sent().at(-1), wire === "ws" ? told : [prompt("go"), own, ours, ...told]);
    client.hangUp();
    await client.say("again", { tools });
    assert.deepEqual(sent().at(-1), [prompt("go"), own, ours, ...told, item.text("msg_1", "2"), prompt("again")]);
  });

  test(`${wire}: when the rounds are used up the model is told so, and answers without tools`, async (t) => {
    const { client, mock, made, sent } = await talk(
      t,
      wire,
      { tools: add, settings: { legs: 2 } },
      answer("r1", sum("call_1", 1, 1)),
      answer("r2", sum("call_2", 2, 2)),
      answer("r3", item.text("msg_1", "about 4")),
    );
    const events = await client.say("go");
    assert.deepEqual(itemsIn(events), [item.text("msg_1", "about 4")]);
    assert.equal(made.length, 1);
    assert.deepEqual(
      mock.record.turns.map(({ json }) => json.tool_choice),
      [undefined, undefined, "none"],
    );
    const refusal =
      "The call was not made: tools have been used in 2 rounds, which is as many as one answer may have. Answer with what you know.";
    assert.deepEqual(sent().at(-1)?.at(-1), output("call_2", refusal));
  });

  test(`${wire}: a tool that takes longer than all tools may is broken off, and the model answers without`, async (t) => {
    const stopped = later();
    const hangs: Tools = {
      slow__one: ({ caller }) =>
        ABORTED(caller.signal).finally(() => {
          stopped.resolve();
        }),
    };
    const { client, mock, sent } = await talk(
      t,
      wire,
      { tools: hangs, settings: { turnMs: 50 } },
      answer("r1", item.call("call_1", "mcp__slow__one", {})),
      answer("r2", item.text("msg_1", "no luck")),
    );
    assert.deepEqual(itemsIn(await client.say("go")), [item.text("msg_1", "no luck")]);
    await stopped.promise;
    const late = "The call was broken off: the tools of one answer may take 0.05 s in all, and these are over.";
    assert.deepEqual(sent().at(-1)?.at(-1), output("call_1", late));
    assert.equal(mock.record.turns.at(-1)?.json.tool_choice, "none");
  });

  test(`${wire}: a client that leaves takes its calls with it`, async (t) => {
    const [begun, stopped] = [later(), later()];
    const hangs: Tools = {
      slow__one: ({ caller }) => {
        begun.resolve();
        return ABORTED(caller.signal).finally(() => stopped.resolve());
      },
    };
    const call = item.call("call_1", "mcp__slow__one", {});
    const { client, mock } = await talk(t, wire, { tools: hangs }, answer("r1", call));
    const over = client.say("go").catch(() => "left");
    await begun.promise;
    client.leave();
    await stopped.promise;
    assert.equal(await over, "left");
    assert.equal(mock.record.turns.length, 1);
  });

  test(`${wire}: whatever goes wrong with a call is told to the model, which goes on`, async (t) => {
    const bad: Tools = {
      bad__fails: () => ({ content: [{ type: "text", text: "no such file" }], isError: true }),
      bad__breaks: () => Promise.reject(new Error("the pipe is broken")),
      bad__silent: () => ({ content: [] }),
    };
    const calls = [
      item.call("call_1", "mcp__bad__fails", {}),
      item.call("call_2", "mcp__bad__breaks", {}),
      { ...item.call("call_3", "mcp__bad__silent", {}), arguments: "[1]" },
      { ...item.call("call_4", "mcp__bad__silent", {}), arguments: "" },
    ];
    const { client, sent } = await talk(
      t,
      wire,
      { tools: bad },
      answer("r1", ...calls),
      answer("r2", item.text("msg_1", "oh")),
    );
    await client.say("go");
    assert.deepEqual(sent().at(-1)?.slice(-4), [
      output("call_1", "The tool failed:\nno such file"),
      output("call_2", "The call failed: the pipe is broken"),
      output("call_3", "The call was not made: its arguments are no JSON object."),
      output("call_4", "(the tool has answered nothing)"),
    ]);
  });

  test(`${wire}: where upstream does not take a later leg, the answer ends with what it says, and a retry makes no call again`, async (t) => {
    const call = sum("call_1", 1, 2);
    const { client, made, sent } = await talk(
      t,
      wire,
      { tools: add },
      answer("r1", item.text("msg_1", "let me see"), call),
      failure(400, { code: "context_length_exceeded", message: "too long" }),
      answer("r2", item.text("msg_2", "3")),
    );
    const events = await client.say("go");
    const { response, error } = (events.at(-1) ?? {}) as { response?: { error: object }; error?: object };
    const refused = { code: "context_length_exceeded", message: "too long" };
    assert.deepEqual(wire === "sse" ? response?.error : error, refused);
    client.hangUp();
    await client.send();
    assert.deepEqual(sent().at(-1), [prompt("go"), item.text("msg_1", "let me see"), call, output("call_1", "3")]);
    assert.equal(made.length, 1);
  });

  test(`${wire}: an answer that is cut in the midst of a call makes none, and one that was too long names the rest`, async (t) => {
    const call = sum("call_1", 1, 2);
    const { client, made } = await talk(
      t,
      wire,
      { tools: add },
      [ev.created("r1"), ...streamedCall(call).slice(0, -1), ev.incomplete("r1", "max_output_tokens")],
      [ev.created("r2"), ev.failed("r2", "server_error", "gone")],
    );
    assert.deepEqual(await client.say("go"), [ev.created("r1"), ev.incomplete("r1", "max_output_tokens")]);
    client.hangUp();
    assert.deepEqual(await client.send(), [ev.created("r2"), ev.failed("r2", "server_error", "gone")]);
    assert.equal(made.length, 0);
  });

  test(`${wire}: a call that was cut short is not made, though its item ends and its arguments could be read`, async (t) => {
    const short = { ...sum("call_1", 1, 2), arguments: "", status: "incomplete" };
    const { client, made, sent } = await talk(
      t,
      wire,
      { tools: add },
      [
        ev.created("r1"),
        ev.done(item.text("msg_1", "let me see")),
        ev.done(short, 1),
        ev.incomplete("r1", "max_output_tokens"),
      ],
      answer("r2", item.text("msg_2", "where was I")),
    );
    await client.say("go");
    await client.say("go on");
    assert.deepEqual(made, []);
    const told = output("call_1", "The call was not made: it has not come whole.");
    assert.deepEqual(sent().at(-1)?.slice(1, -1), [item.text("msg_1", "let me see"), short, told]);
  });

  test(`${wire}: while a tool runs the client hears that we live`, async (t) => {
    const alive = later();
    const slow: Tools = { slow__one: () => alive.promise.then(() => said("1")) };
    const { client } = await talk(
      t,
      wire,
      { tools: slow, keepaliveMs: 20 },
      answer("r1", item.call("call_1", "mcp__slow__one", {})),
      answer("r2", item.text("msg_1", "1")),
    );
    client.waited = () => alive.resolve();
    assert.deepEqual(itemsIn(await client.say("go")), [item.text("msg_1", "1")]);
  });
}

/** The function tools of a request, by name. */
const toolsOf = (json: Readonly<Record<string, unknown>> | undefined): unknown[] =>
  ((json?.tools ?? []) as { name?: string }[]).map(({ name }) => name);

test("tools stand behind the client's own, in the same bytes every time; one that it has itself is not added", async (t) => {
  const own = { type: "function", name: "mcp__sums__add", parameters: {} };
  const { client, mock, sent } = await talk(t, "sse", {
    tools: { ...add, zed__last: () => said(""), big__one: () => said("") },
  });
  await client.say("one");
  await client.say("two", { tools: [own] });
  const call = sum("call_1", 1, 1);
  mock.script(answer("r3", call));
  assert.deepEqual(itemsIn(await client.say("three", { tools: [own] })), [call], "it is the client's to make");
  assert.equal(sent().length, 3);
  const [first, second, third] = mock.record.turns.map(({ json }) => json);
  assert.deepEqual(first?.tools, [
    {
      type: "function",
      name: "mcp__big__one",
      description: "one of big",
      strict: false,
      parameters: { type: "object", properties: {} },
    },
    {
      type: "function",
      name: "mcp__sums__add",
      description: "add of sums",
      strict: false,
      parameters: { type: "object", properties: {} },
    },
    {
      type: "function",
      name: "mcp__zed__last",
      description: "last of zed",
      strict: false,
      parameters: { type: "object", properties: {} },
    },
  ]);
  assert.deepEqual(toolsOf(second), ["mcp__sums__add", "mcp__big__one", "mcp__zed__last"]);
  assert.equal(JSON.stringify(third?.tools), JSON.stringify(second?.tools));
  assert.ok(mock.record.turns[0]?.received.includes(Buffer.from(JSON.stringify(first?.tools))));
});

test("nothing is added for who has our gateway, wants no tools, has not asked, or has said no", async (t) => {
  const gateway = { type: "namespace", name: "mcp__plus", description: "", tools: [] };
  const here = await inlineScene(t, { tools: add });
  const others = await inlineScene(t, { tools: add, settings: { inline: "clients" } });
  const never = await inlineScene(t, { tools: add, settings: { inline: "never" } });
  const codex = { "user-agent": "codex_cli_rs/0.169.0" };
  const ask = async (app: InlineScene, headers: Readonly<Record<string, string>>, fields: object = {}) => {
    await new PlainClient(t, app.app, "sse", headers).say("hello", fields);
    const { json, request } = app.mock.record.turns.at(-1) ?? {};
    const names = request?.rawHeaders.filter((name) => /^x-codex-plus/i.test(name));
    assert.deepEqual(names, [], "what is between the client and us goes no further");
    return toolsOf(json);
  };
  assert.deepEqual(
    {
      asked: await ask(here, {}),
      gateway: await ask(here, {}, { tools: [gateway] }),
      none: await ask(here, {}, { tool_choice: "none" }),
      unasked: await ask(here, { "x-codex-plus-mcp": "" }),
      set: await ask(others, { "x-codex-plus-mcp": "inline" }),
      off: await ask(others, { "x-codex-plus-mcp": "off" }),
      never: await ask(never, {}),
      codex: await ask(others, { ...codex, "x-codex-plus-mcp": "off" }),
    },
    {
      asked: ["mcp__sums__add"],
      gateway: ["mcp__plus"],
      none: [],
      unasked: [],
      set: ["mcp__sums__add"],
      off: [],
      never: [],
      codex: [],
    },
  );
});

test("what the client forces its model to do holds for the first leg, and its tokens and calls for all of them", async (t) => {
  const { client, mock, made, sent } = await talk(
    t,
    "sse",
    { tools: add },
    answer("r1", sum("call_1", 1, 1), sum("call_2", 2, 2)),
    [ev.created("r2"), ev.done(sum("call_3", 3, 3)), ev.completed("r2", { input: 10, output: 80 })],
  );
  const fields = { tool_choice: "required", max_output_tokens: 100, max_tool_calls: 1 };
  const events = await client.say("go", fields);
  assert.deepEqual(
    mock.record.turns.map(({ json }) => [json.tool_choice, json.max_output_tokens]),
    [
      ["required", 100],
      ["none", 88],
    ],
  );
  assert.equal(made.length, 1);
  const many =
    "The call was not made: 1 calls have been made, which is as many as the client allows. Answer with what you know.";
  assert.deepEqual(sent().at(-1)?.slice(-2), [output("call_1", "2"), output("call_2", many)]);
  assert.equal(events.at(-1)?.type, "response.completed");
});

test("an answer that has cost all its tokens ends as the API ends it", async (t) => {
  const { client, mock } = await talk(t, "sse", { tools: add }, [
    ev.created("r1"),
    ...streamedCall(sum("call_1", 1, 1)),
    ev.completed("r1", { input: 10, output: 90 }, [sum("call_1", 1, 1)]),
  ]);
  const end = (await client.say("go", { max_output_tokens: 100 })).at(-1);
  assert.deepEqual(
    {
      type: end?.type,
      status: Reflect.get(end?.response ?? {}, "status"),
      why: Reflect.get(end?.response ?? {}, "incomplete_details"),
    },
    { type: "response.incomplete", status: "incomplete", why: { reason: "max_output_tokens" } },
  );
  assert.equal(mock.record.turns.length, 1);
});

test("an answer whose last leg leaves nothing to be shown still names at its end what was said before", async (t) => {
  const [before, call] = [item.text("msg_1", "let me see"), sum("call_1", 1, 1)];
  const again = sum("call_2", 1, 1);
  const { client } = await talk(t, "sse", { tools: add }, answer("r1", before, call), [
    ev.created("r2"),
    ev.done(again),
    { type: "response.incomplete", response: { ...(ev.completed("r2", undefined, [again]).response as object) } },
  ]);
  const end = (await client.say("go")).at(-1);
  assert.deepEqual([end?.type, Reflect.get(end?.response ?? {}, "output")], ["response.incomplete", [before]]);
});

test("a response in the background is refused where tools were asked for, and left alone where only the settings do", async (t) => {
  const here = await inlineScene(t, { tools: add });
  const others = await inlineScene(t, { tools: add, settings: { inline: "clients" } });
  const post = (app: InlineScene, wish: object) =>
    fetch(`${app.app.url}/responses`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer sk-test", ...wish },
      body: JSON.stringify({ model: "gpt-5.5", input: "go", store: false, background: true }),
    });
  const refused = await post(here, { "x-codex-plus-mcp": "inline" });
  assert.equal(refused.status, 400);
  assert.match(await refused.text(), /in the background/);
  assert.equal((await post(others, {})).status, 200);
  assert.deepEqual(toolsOf(others.mock.record.turns[0]?.json), []);
  const wrong = await post(here, { "x-codex-plus-mcp": "inline", "x-codex-plus-project": "not/absolute" });
  assert.deepEqual([wrong.status, here.mock.record.turns.length], [400, 0]);
});

test("who goes on from the id that the answer began with goes on from its end", async (t) => {
  // The backend behind the scene knows no ids over HTTP; others do.
  const { app, mock } = await inlineScene(t, { tools: add });
  mock.script(answer("r1", sum("call_1", 1, 2)), answer("r2", item.text("msg_1", "3")));
  const post = async (fields: object) => {
    const response = await fetch(`${app.url}/responses`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer sk-test", "x-codex-plus-mcp": "inline" },
      body: JSON.stringify({ model: "gpt-5.5", stream: true, ...fields }),
    });
    return response.text();
  };
  await post({ input: [prompt("go")] });
  await post({ input: [prompt("thanks")], previous_response_id: "r1" });
  const { previous_response_id: previous, input } = mock.record.turns.at(-1)?.json ?? {};
  assert.deepEqual([previous, input], ["r2", [prompt("thanks")]]);
});

test("of an answer in one piece that has failed no call is made", async (t) => {
  const { app, mock, made } = await talk(t, "sse", { tools: add });
  const failed = {
    ...(ev.completed("r1", undefined, [sum("call_1", 1, 1)]).response as object),
    status: "failed",
    error: { code: "server_error", message: "gone" },
  };
  mock.script({ status: 200, body: failed });
  const response = await fetch(`${app.url}/responses`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer sk-test", "x-codex-plus-mcp": "inline" },
    body: JSON.stringify({ model: "gpt-5.5", store: false, input: [prompt("go")] }),
  });
  assert.deepEqual(await response.json(), { ...failed, output: [] });
  assert.deepEqual([made, mock.record.turns.length], [[], 1]);
});

test("an answer in one piece is one piece, with all items, all tokens and the client's own words in it", async (t) => {
  const { app, mock } = await talk(t, "sse", { tools: add });
  const whole = (id: string, ...items: Item[]): Reply => ({
    status: 200,
    body: {
      ...(ev.completed(id, { input: 10, cached: 4, output: 5, reasoning: 2 }, items).response as object),
      tools: [{ type: "function", name: "mcp__sums__add" }],
      tool_choice: "auto",
    },
  });
  const thought = { type: "reasoning", id: "rs_1", summary: [] };
  const calls = [sum("call_1", 1, 1), sum("call_2", 2, 2)];
  mock.script(
    whole("r1", thought, item.text("msg_1", "let me see"), ...calls),
    whole("r2", item.text("msg_2", "2 and 4")),
  );
  const post = async (body: object) => {
    const response = await fetch(`${app.url}/responses`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer sk-test", "x-codex-plus-mcp": "inline" },
      body: JSON.stringify(body),
    });
    return response.json();
  };
  const input = [prompt("go")];
  const body = { model: "gpt-5.5", store: false, input, tool_choice: "required" };
  const answered = await post(body);
  const shown = [thought, item.text("msg_1", "let me see"), item.text("msg_2", "2 and 4")];
  assert.deepEqual(answered, {
    ...(ev.completed("r2", { input: 20, cached: 8, output: 10, reasoning: 4 }, shown).response as object),
    tools: [],
    tool_choice: "required",
  });
  const told = [item.text("msg_1", "let me see"), ...calls, output("call_1", "2"), output("call_2", "4")];
  assert.deepEqual(
    mock.record.turns.at(-1)?.json.input,
    [...input, ...told],
    "a thought that upstream keeps nothing of stays away",
  );
  await post({ ...body, input: [...input, ...shown.slice(1), prompt("thanks")] });
  assert.deepEqual(mock.record.turns.at(-1)?.json.input, [
    ...input,
    ...told,
    item.text("msg_2", "2 and 4"),
    prompt("thanks"),
  ]);
});

/** What Codex says of its turn. */
const codexHeaders = (thread: string, turn: string) => ({
  "x-codex-turn-metadata": JSON.stringify({
    request_kind: "turn",
    thread_source: "user",
    thread_id: thread,
    turn_id: turn,
  }),
});

for (const wire of WIRES) {
  test(`${wire}: in Codex's shape each server is a namespace, and the context is as full as the last leg says`, async (t) => {
    const spaced = (id: string, b: number): Item => ({ ...item.call(id, "add", { a: 1, b }), namespace: "mcp__sums" });
    const { app, mock, sent, made } = await talk(
      t,
      wire,
      { tools: { ...add, sums__less: () => said("") } },
      answer("r1", spaced("call_1", 1)),
      answer("r2", item.text("msg_2", "2")),
      answer("r3", spaced("call_2", 2)),
      answer("r4", item.text("msg_4", "3")),
    );
    const codex = new PlainClient(t, app, wire, codexHeaders("thread-1", "turn-1"));
    const offered = {
      type: "additional_tools",
      id: "at_1",
      role: "developer",
      tools: [{ type: "namespace", name: "functions", tools: [{ type: "custom", name: "exec" }] }],
    };
    codex.history.push(offered);
    const ask = (id: string) => {
      codex.history.push({ type: "message", id, role: "user", content: [{ type: "input_text", text: "go" }] } as Item);
      return codex.send();
    };
    const events = await ask("msg_1");
    assert.deepEqual(events, [
      ev.created("r1"),
      ...(wire === "ws" ? [ev.created("r2")] : []),
      ev.done(item.text("msg_2", "2"), 0),
      ev.completed("r2", undefined, [item.text("msg_2", "2")]),
    ]);
    const [first] = sent()[0] as { tools: unknown[] }[];
    const parameters = { type: "object", properties: {} };
    assert.deepEqual(first?.tools, [
      ...offered.tools,
      {
        type: "namespace",
        name: "mcp__sums",
        description: "Tools of the MCP server sums.",
        tools: [
          { type: "function", name: "add", description: "add of sums", strict: false, parameters },
          { type: "function", name: "less", description: "less of sums", strict: false, parameters },
        ],
      },
    ]);
    await ask("msg_3");
    assert.deepEqual(
      made.map(({ name, caller: { thread, turn } }) => ({ name, thread, turn })),
      [1, 2].map(() => ({ name: "mcp__sums__add", thread: "thread-1", turn: "turn-1" })),
      "also where the request says nothing of tools, as upstream knows of them",
    );
    codex.hangUp();
    await ask("msg_5");
    const all = [
      { ...offered, tools: first?.tools },
      codex.history[1],
      spaced("call_1", 1),
      output("call_1", "2"),
      item.text("msg_2", "2"),
      codex.history[3],
      spaced("call_2", 2),
      output("call_2", "3"),
      item.text("msg_4", "3"),
      codex.history[5],
    ];
    assert.deepEqual(sent().at(-1), all);
    assert.equal(mock.record.turns.length, 5);
  });
}

test("ws: what a prewarm has told upstream of tools, ours among them, need not be told again", async (t) => {
  const spaced: Item = { ...item.call("call_1", "add", { a: 1, b: 2 }), namespace: "mcp__sums" };
  const { app, mock, sent, made } = await talk(
    t,
    "ws",
    { tools: add },
    answer("r1", spaced),
    answer("r2", item.text("msg_1", "3")),
  );
  const codex = new PlainClient(t, app, "ws", codexHeaders("thread-1", "turn-1"));
  codex.history.push({ type: "additional_tools", id: "at_1", role: "developer", tools: [] });
  const [begun] = await codex.send({ generate: false });
  codex.history.push({ type: "message", id: "msg_0", role: "user", content: "1+2?" } as Item);
  assert.deepEqual(itemsIn(await codex.send()), [item.text("msg_1", "3")]);
  const [first] = sent()[0] as { tools: { name: string }[] }[];
  assert.deepEqual(
    first?.tools.map(({ name }) => name),
    ["mcp__sums"],
  );
  assert.deepEqual([made.length, sent().at(-1)], [1, [output("call_1", "3")]]);
  assert.deepEqual(
    mock.record.turns.map(({ json }) => json.previous_response_id),
    [undefined, Reflect.get(begun?.response ?? {}, "id"), "r1"],
  );
});

test("ws: a person who interrupts while a tool runs ends it, and the model knows of it the next time", async (t) => {
  const [begun, stopped] = [later(), later()];
  const hangs: Tools = {
    slow__one: ({ caller }) => {
      begun.resolve();
      return ABORTED(caller.signal).finally(() => stopped.resolve());
    },
  };
  const call = item.call("call_1", "mcp__slow__one", {});
  const { app, mock, sent } = await talk(t, "ws", { tools: hangs }, answer("r1", item.text("msg_1", "wait"), call));
  const codex = new PlainClient(t, app, "ws", codexHeaders("thread-1", "turn-1"));
  codex.history.push({ type: "message", id: "msg_0", role: "user", content: "go" } as Item);
  const over = codex.send({ tools: [] });
  await begun.promise;
  codex.tell({ type: "response.interrupt", response_id: "r1", mode: "discard_partial_items" });
  await stopped.promise;
  assert.deepEqual((await over).at(-1), {
    type: "response.incomplete",
    response: { id: "", status: "incomplete", incomplete_details: { reason: "interrupted" } },
  });
  codex.history.push({ type: "message", id: "msg_2", role: "user", content: "and now" } as Item);
  await codex.send({ tools: [] });
  const left = "The call was broken off before it had answered. What it has done by then is not known.";
  assert.deepEqual(sent().at(-1), [...codex.history.slice(0, 2), call, output("call_1", left), codex.history[2]]);
  assert.equal(mock.record.turns.length, 2);
});
