/** Hooks on the wire: what upstream is told, whole, and what the person sees; on both wires. */
import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ev, type Item, type WireEvent } from "../../src/testing/index.ts";
import { Client, commands, heard, itemsOf, type Scene, says, scene, texts } from "./scene.ts";

const shown = (events: readonly WireEvent[]): string[] => texts(itemsOf(events));
/** A handler that keeps what it is told, a line for each time. */
const notes = (name: string): string => `printf '%s\\n' "$(cat)" >> ${name}.jsonl`;

async function noted({ project }: Scene, name: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(project, `${name}.jsonl`), "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
}

const last = (histories: readonly (readonly Item[])[]): string[] => texts(histories.at(-1) ?? []);
const BLOCKED = "assistant: UserPromptSubmit operation blocked by hook:\nnot this\n\nOriginal prompt: my secret";
const NO_SECRETS = `grep -q secret && ${says({ decision: "block", reason: "not this" })}; exit 0`;

for (const wire of ["sse", "ws"] as const) {
  test(`${wire}: a blocked prompt is answered here, and neither it nor the answer ever goes up`, async (t) => {
    const here = await scene(t);
    await here.hooks({ UserPromptSubmit: commands(NO_SECRETS) });
    const histories = heard(here);
    const client = new Client(t, here, wire);
    assert.deepEqual(shown(await client.type("my secret")), [BLOCKED]);
    assert.deepEqual(histories, []);
    await client.type("one");
    client.hangUp();
    assert.deepEqual(shown(await client.type("my secret")), [BLOCKED]);
    await here.restart();
    client.hangUp();
    await client.type("two");
    assert.deepEqual(histories.map(texts), [["user: one"], ["user: one", "assistant: echo: one", "user: two"]]);
    assert.deepEqual(here.mock.record.violations, []);
  });

  test(`${wire}: context stands around the prompt that a command became, byte for byte the same ever after`, async (t) => {
    const here = await scene(t);
    await here.hooks({
      SessionStart: commands("echo of the session"),
      UserPromptSubmit: commands("echo of the prompt"),
      UserPromptExpansion: commands(`${notes("expansion")}; echo of the command`),
    });
    await here.write(".claude/commands/hello.md", "Say hello to $ARGUMENTS.");
    const histories = heard(here);
    const client = new Client(t, here, wire);
    await client.type("/hello you");
    const first = [
      "developer: SessionStart:startup hook success: of the session",
      "user: <command-message>hello</command-message>\n<command-name>/hello</command-name>\n<command-args>you</command-args>\n",
      "user: Say hello to you.",
      "developer: UserPromptSubmit hook success: of the prompt",
      "developer: UserPromptExpansion hook success: of the command",
    ];
    assert.deepEqual(last(histories), first);
    await client.type("next");
    await here.restart();
    client.hangUp();
    await client.type("third");
    const prompt = "developer: UserPromptSubmit hook success: of the prompt";
    assert.deepEqual(last(histories), [
      ...first,
      "assistant: echo: Say hello to you.",
      "user: next",
      prompt,
      "assistant: echo: next",
      "developer: SessionStart:resume hook success: of the session",
      "user: third",
      prompt,
    ]);
    for (const [at, history] of histories.entries()) {
      const after = histories[at + 1] ?? history;
      assert.deepEqual(after.slice(0, history.length), history, "what went up once is not changed");
    }
    const [{ session_id, transcript_path, prompt_id, ...expansion } = {}] = await noted(here, "expansion");
    assert.deepEqual(expansion, {
      cwd: here.project,
      permission_mode: "default",
      expansion_type: "slash_command",
      command_name: "hello",
      command_args: "you",
      command_source: ".claude/commands",
      prompt: "/hello you",
      hook_event_name: "UserPromptExpansion",
    });
    assert.equal(session_id, client.thread);
    assert.deepEqual(here.mock.record.violations, []);
  });

  test(`${wire}: a command may be refused, and what the session was told waits for the first prompt that goes up`, async (t) => {
    const here = await scene(t);
    await here.hooks({
      SessionStart: commands("echo of the session"),
      UserPromptExpansion: [{ matcher: "deploy", hooks: [{ type: "command", command: "echo not now >&2; exit 2" }] }],
    });
    await here.write(".claude/commands/deploy.md", "Deploy it.");
    const histories = heard(here);
    const client = new Client(t, here, wire);
    assert.deepEqual(shown(await client.type("/deploy")), [
      "assistant: UserPromptExpansion operation blocked by hook:\n[echo not now >&2; exit 2]: not now\n\n\nOriginal prompt: /deploy",
    ]);
    await client.type("one");
    assert.deepEqual(histories.map(texts), [
      ["developer: SessionStart:startup hook success: of the session", "user: one"],
    ]);
  });

  test(`${wire}: Stop hooks have the model go on within one answer, and upstream knows of it ever after`, async (t) => {
    const here = await scene(t);
    const command = `${notes("stop")}; tail -n 1 stop.jsonl | grep -q 'active":true' && exit 0; echo "go on" >&2; exit 2`;
    await here.hooks({ Stop: commands(command) });
    const histories = heard(here);
    const client = new Client(t, here, wire);
    let asked = 0;
    here.mock.answer((ask) => {
      histories.push(ask.history);
      asked += 1;
      const used = { input: asked * 100, output: asked };
      const id = `msg_${ask.id.item}`;
      return [ev.created(ask.id.response), ev.text(id, `answer ${asked}`), ev.completed(ask.id.response, used)];
    });
    const events = await client.type("one");
    const feedback = `user: Stop hook feedback:\n[${command}]: go on\n`;
    assert.deepEqual(shown(events), ["assistant: answer 1", "assistant: answer 2"]);
    assert.deepEqual(
      events.filter(({ type }) => type === "response.output_item.done").map(({ output_index: place }) => place),
      [0, 1],
    );
    const ends = events.filter(({ type }) => type === "response.completed");
    const used = ends.map(({ response }) => (response as { usage: { total_tokens: number } }).usage.total_tokens);
    assert.deepEqual(used, [202], "one end, and what the last leg took is what the context holds");
    await client.type("two");
    client.hangUp();
    await client.type("three");
    assert.deepEqual(last(histories), [
      ...["user: one", "assistant: answer 1", feedback, "assistant: answer 2"],
      ...["user: two", "assistant: answer 3", feedback, "assistant: answer 4"],
      ...["user: three", "assistant: answer 5", feedback],
    ]);
    const told = await noted(here, "stop");
    assert.deepEqual(
      told.map(({ stop_hook_active: active, last_assistant_message: said }) => [active, said]),
      [1, 2, 3, 4, 5, 6].map((n) => [n % 2 === 0, `answer ${n}`]),
    );
    assert.deepEqual(here.mock.record.violations, []);
  });

  test(`${wire}: after eight blocks in a row the turn ends; a tool call is no end`, async (t) => {
    const here = await scene(t);
    await here.hooks({ Stop: commands(`${notes("stop")}; echo again >&2; exit 2`) });
    const client = new Client(t, here, wire);
    here.mock.script((ask) => [ev.created(ask.id.response), ev.call("call_1", "look"), ev.completed(ask.id.response)]);
    await client.type("one");
    assert.deepEqual(await noted(here, "stop"), []);
    client.history.push({ type: "function_call_output", id: "fco_1", call_id: "call_1", output: "found" });
    const events = await client.send();
    assert.equal(itemsOf(events).length, 9);
    assert.deepEqual(
      (await noted(here, "stop")).map(({ stop_hook_active: active }) => active),
      [false, ...Array.from({ length: 8 }, () => true)],
    );
    assert.deepEqual(here.mock.record.violations, []);
  });

  test(`${wire}: what a hook has to say to the person is shown and never goes up`, async (t) => {
    const here = await scene(t);
    await here.hooks({
      UserPromptSubmit: commands(says({ systemMessage: "of the prompt" })),
      Stop: commands(says({ systemMessage: "of the end" })),
    });
    const histories = heard(here);
    const client = new Client(t, here, wire);
    const all = [
      "assistant: UserPromptSubmit says: of the prompt",
      "assistant: echo: one",
      "assistant: Stop says: of the end",
    ];
    assert.deepEqual(shown(await client.type("one")), all);
    await client.type("two");
    client.hangUp();
    client.meta = { ...client.meta, turn_trigger: "exec" };
    const last = itemsOf(await client.type("three")).at(-1);
    assert.deepEqual(
      [last?.type, last?.summary],
      ["reasoning", [{ type: "summary_text", text: "Stop says: of the end" }]],
    );
    client.hangUp();
    await client.type("four");
    const turns = ["one", "two", "three"].flatMap((text) => [`user: ${text}`, `assistant: echo: ${text}`]);
    assert.deepEqual(texts(histories.at(-1) ?? []), [...turns, "user: four"]);
    assert.deepEqual(here.mock.record.violations, []);
  });

  test(`${wire}: hooks of a project that nobody trusts do not run; that is told once`, async (t) => {
    const here = await scene(t);
    await here.write(".claude/settings.json", JSON.stringify({ hooks: { UserPromptSubmit: commands("echo evil") } }));
    const histories = heard(here);
    const client = new Client(t, here, wire);
    const [notice = "", ...rest] = shown(await client.type("one"));
    assert.match(notice, /\.claude\/settings\.json \(UserPromptSubmit\)\n.*codex-plus trust \S+project$/);
    assert.deepEqual(rest, ["assistant: echo: one"]);
    assert.deepEqual(shown(await client.type("two")), ["assistant: echo: two"]);
    assert.deepEqual(last(histories), ["user: one", "assistant: echo: one", "user: two"]);
  });

  test(`${wire}: continue: false ends the turn with its reason`, async (t) => {
    const here = await scene(t);
    await here.hooks({
      UserPromptSubmit: commands(`grep -q halt && ${says({ continue: false, stopReason: "out of office" })}; exit 0`),
      Stop: commands(says({ continue: false, decision: "block", reason: "go on" })),
    });
    const histories = heard(here);
    const client = new Client(t, here, wire);
    assert.deepEqual(shown(await client.type("halt")), ["assistant: Operation stopped by hook: out of office"]);
    assert.deepEqual(shown(await client.type("one")), ["assistant: echo: one"]);
    assert.equal(histories.length, 1);
  });

  test(`${wire}: a session begins once, and again when it is resumed, forked or compacted; it ends once`, async (t) => {
    const here = await scene(t);
    await here.hooks({ SessionStart: commands(notes("session")), SessionEnd: commands(notes("session")) });
    const client = new Client(t, here, wire);
    await client.type("one");
    await client.type("two");
    client.meta = { ...client.meta, window_number: 1 };
    await client.type("three");
    client.meta = { ...client.meta, history_initialization: "cold_resume" };
    await client.type("four");
    const fork = new Client(t, here, wire);
    fork.meta = { history_initialization: "warm_fork", window_number: 0 };
    await fork.type("five");
    const agent = new Client(t, here, wire);
    agent.meta = { ...agent.meta, thread_source: "subagent", subagent_kind: "thread_spawn" };
    await agent.type("six");
    await here.restart();
    client.hangUp();
    await client.type("seven");
    const told = await noted(here, "session");
    // Two sessions that end with the proxy end at once.
    const of = (thread: string) =>
      told.filter(({ session_id: id }) => id === thread).map(({ source, reason }) => source ?? reason);
    assert.deepEqual(
      [of(client.thread), of(fork.thread), told.length],
      [["startup", "compact", "resume", "other", "resume"], ["fork", "other"], 7],
    );
  });

  test(`${wire}: a compaction is told of before and after, and may be refused`, async (t) => {
    const here = await scene(t);
    await here.hooks({
      PreCompact: commands(`${notes("compact")}; test -e refuse && { echo not now >&2; exit 2; }; exit 0`),
      PostCompact: commands(notes("compact")),
    });
    const client = new Client(t, here, wire);
    await client.type("one");
    const compact = async (): Promise<WireEvent[]> => {
      client.history.push({ type: "compaction_trigger" });
      client.meta = { ...client.meta, compaction: { trigger: "manual" } };
      const events = await client.send({}, "compaction");
      client.history = client.history.filter(({ type }) => type !== "compaction_trigger");
      return events;
    };
    const refuse = await here.write("refuse", "");
    assert.deepEqual(
      (await compact()).map(({ type, response }) => [type, (response as { error?: object }).error]),
      [
        [
          "response.failed",
          {
            code: "invalid_prompt",
            message: `Compaction blocked by PreCompact hook: [${notes("compact")}; test -e refuse && { echo not now >&2; exit 2; }; exit 0]: not now`,
          },
        ],
      ],
    );
    await rm(refuse);
    client.hangUp();
    assert.deepEqual(
      itemsOf(await compact()).map(({ type }) => type),
      ["compaction"],
    );
    assert.deepEqual(
      (await noted(here, "compact")).map(({ hook_event_name: event, trigger }) => [event, trigger]),
      [
        ["PreCompact", "manual"],
        ["PreCompact", "manual"],
        ["PostCompact", "manual"],
      ],
    );
  });

  test(`${wire}: a hook that fails, hangs or cannot start lets the turn go on`, async (t) => {
    const here = await scene(t);
    const hang = { type: "command", command: "sleep 600", timeout: 0.2 };
    const fail = { type: "command", command: "/nowhere/to/be/found" };
    await here.hooks({ UserPromptSubmit: [{ hooks: [hang, fail] }], Stop: [{ hooks: [hang, fail] }] });
    const histories = heard(here);
    assert.deepEqual(shown(await new Client(t, here, wire).type("one")), ["assistant: echo: one"]);
    assert.deepEqual(last(histories), ["user: one"]);
  });

  test(`${wire}: modules change what was typed, answer, and edit what comes down`, async (t) => {
    const here = await scene(t);
    await here.write(
      "~/../plus/hooks/edit.ts",
      `const defineHook = (hook) => hook;
      export default defineHook({
        pre_input({ prompt }) {
          if (prompt === "ping") return { answer: "pong" };
          return prompt.includes("hunter2") ? { prompt: prompt.replace("hunter2", "***") } : undefined;
        },
        streamEvents: ["response.output_text.delta", "response.output_item.done", "response.completed"],
        post_output(event) {
          if (event.type === "response.completed") return null;
          return JSON.parse(JSON.stringify(event).replaceAll("echo", "ECHO"));
        },
      });`,
    );
    await here.write(".claude/commands/say.md", "Say $ARGUMENTS.");
    const histories = heard(here);
    const client = new Client(t, here, wire);
    assert.deepEqual(shown(await client.type("ping")), ["assistant: pong"]);
    const events = await client.type("/say hunter2");
    assert.deepEqual(shown(events), ["assistant: ECHO: Say ***."]);
    assert.equal(events.at(-1)?.type, "response.completed");
    client.hangUp();
    await client.type("two");
    assert.doesNotMatch(JSON.stringify(histories), /hunter2|ping/);
    assert.deepEqual(last(histories).slice(1), ["user: Say ***.", "assistant: ECHO: Say ***.", "user: two"]);
    assert.deepEqual(here.mock.record.violations, []);
  });
}
