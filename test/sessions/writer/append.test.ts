import assert from "node:assert/strict";
import { test } from "node:test";
import type { Leg } from "../../../src/sessions/ledger.ts";
import { ledgerOf, told } from "./ledger.ts";
import { assistant, call, context, leg, message, output, thread, user } from "./legs.ts";
import { stored } from "./stored.ts";

const usage = { input: 10, cached: 4, output: 3, reasoning: 2 };

test("a leg is written when its request is there and again when it has ended, and counts once", () => {
  const asked = [context("rules", "msg_1"), user("Fix the tests\nplease", "msg_2")];
  const open = leg("r/1", {
    thread: thread("t", { cwd: "/p", client: "codex_exec", model: "m1", title: "Tests" }),
    turn: "u1",
    trigger: "exec",
    model: "m1",
    state: "open",
    asked,
  });
  const ended: Leg = {
    ...open,
    thread: thread("t", { effort: "high" }),
    state: "completed",
    status: 200,
    ms: 500,
    firstByteMs: 40.5,
    responseId: "resp_1",
    usage,
    limits: [{ name: "primary", usedPercent: 12.5, windowMinutes: 300, resetsAt: 99 }],
    answered: [assistant("Done", "msg_3")],
  };
  const expected = {
    threads: [
      {
        id: "t",
        kind: "user",
        root: "t",
        cwd: "/p",
        client: "codex_exec",
        model: "m1",
        effort: "high",
        title: "Tests",
        prompt: "Fix the tests",
        source: "wire",
        created: 1000,
        used: 1500,
        turns: 1,
        errors: 0,
        ...usage,
        turns_: [
          {
            id: "u1",
            position: 1,
            kind: "turn",
            trigger: "exec",
            model: "m1",
            started: 1000,
            first_byte_ms: 40.5,
            ms: 500,
            state: "completed",
            local: 0,
            ...usage,
            limits: '[{"name":"primary","usedPercent":12.5,"windowMinutes":300,"resetsAt":99}]',
            legs: [
              {
                key: "r/1",
                source: "wire",
                kind: "turn",
                wire: "sse",
                trigger: "exec",
                model: "m1",
                started: 1000,
                first_byte_ms: 40.5,
                ms: 500,
                state: "completed",
                status: 200,
                local: 0,
                dropped: 0,
                response_id: "resp_1",
                ...usage,
              },
            ],
            items: [
              {
                id: "msg_1",
                type: "message",
                role: "context",
                out: 0,
                partial: 0,
                at: 1000,
                text: "",
                leg: "r/1",
                body: asked[0]?.body,
              },
              {
                id: "msg_2",
                type: "message",
                role: "user",
                out: 0,
                partial: 0,
                at: 1000,
                text: "Fix the tests\nplease",
                leg: "r/1",
                body: asked[1]?.body,
              },
              {
                id: "msg_3",
                type: "message",
                role: "assistant",
                out: 1,
                partial: 0,
                at: 1500,
                text: "Done",
                leg: "r/1",
                body: ended.answered[0]?.body,
              },
            ],
          },
        ],
        alone: [],
        aside: [],
      },
    ],
    texts: 0,
    blobs: [],
    limits: [{ name: "primary", used_percent: 12.5, window_minutes: 300, resets_at: 99, at: 1500 }],
  };
  assert.deepEqual(ledgerOf(stored(open, ended)), expected);
  const facts = { ...ended, thread: { ...open.thread, ...ended.thread } };
  assert.deepEqual(ledgerOf(stored(facts)), expected, "of the end alone the same is known");
  assert.deepEqual(ledgerOf(stored(open, ended, ended)), expected, "and it may be told again");
});

test("the whole history comes with each request, and is stored once", () => {
  const one = [context("rules", "1"), user("go on", "2")];
  const two = [...one, call("c", "shell", "3")];
  const three = [...two, output("c", "ok", "4"), assistant("done", "5"), user("go on", "6")];
  const path = stored(
    leg("a", { turn: "u1", asked: one, answered: [call("c", "shell", "3")], usage, ms: 10 }),
    leg("b", {
      turn: "u1",
      asked: [...two, output("c", "ok", "4")],
      answered: [assistant("done", "5")],
      started: 1020,
      usage,
      ms: 15,
    }),
    leg("c", { turn: "u2", asked: three, answered: [assistant("again", "7")], started: 2000, usage, ms: 10 }),
  );
  assert.deepEqual(told(path, "t"), [
    ["context ", "user go on", "tool shell c", "tool ok", "assistant done"],
    ["user go on", "assistant again"],
  ]);
  const { threads } = ledgerOf(path);
  assert.deepEqual(
    threads[0]?.turns_.map(({ ms, input }) => ({ ms, input })),
    [
      { ms: 35, input: 20 },
      { ms: 10, input: 10 },
    ],
  );
  assert.deepEqual({ input: threads[0]?.input, turns: threads[0]?.turns }, { input: 30, turns: 2 });
  assert.equal(threads[0]?.turns_[0]?.items[3]?.tool, "shell", "an output has the tool's name");
});

test("items without ids are told apart by how often they have been said", () => {
  const path = stored(
    leg("a", { turn: "u1", asked: [user("go on")], answered: [assistant("ok", "1")] }),
    leg("b", {
      turn: "u2",
      asked: [user("go on"), assistant("ok"), user("go on")],
      answered: [assistant("ok", "2")],
      started: 2000,
    }),
    leg("c", {
      turn: "u3",
      asked: [user("go on"), assistant("ok"), user("go on"), assistant("ok"), user("go on")],
      started: 3000,
    }),
  );
  assert.deepEqual(told(path, "t"), [["user go on", "assistant ok"], ["user go on", "assistant ok"], ["user go on"]]);
});

test("after a compaction the same words without an id are a new prompt, and the retry of their turn is none", () => {
  const compacted = [message("context", "summary"), user("go on")];
  const path = stored(
    leg("a", { turn: "u1", asked: [user("go on")], answered: [assistant("ok")] }),
    leg("b", {
      turn: "u2",
      kind: "compact",
      asked: [user("go on"), assistant("ok")],
      answered: [message("context", "summary")],
      started: 2000,
    }),
    leg("c", { turn: "u3", asked: compacted, state: "cut", started: 3000 }),
    leg("d", { turn: "u3", asked: compacted, answered: [assistant("fine")], started: 4000 }),
  );
  assert.deepEqual(told(path, "t"), [["user go on", "assistant ok"], ["context "], ["user go on", "assistant fine"]]);
});

test("what a warmup brings belongs to the first turn, as where there is none", () => {
  const prompt = [user("hello", "3")];
  const early = [context("tools", "1"), context("rules", "2")];
  const path = stored(
    leg("w", { kind: "warmup", wire: "ws", asked: early, started: 900 }),
    leg("a", { turn: "u1", wire: "ws", whole: false, asked: prompt, answered: [assistant("hi", "4")] }),
    leg("v", { kind: "warmup", wire: "ws", asked: [context("more", "5")], started: 1900 }),
    leg("b", { turn: "u2", wire: "ws", whole: false, asked: [user("bye", "6")], started: 2000 }),
  );
  assert.deepEqual(told(path, "t"), [
    ["context ", "context ", "user hello", "assistant hi"],
    ["context ", "user bye"],
  ]);
});

test("a stream that was cut leaves its part, and the whole item takes its place when it comes", () => {
  const part = assistant("Hel", "1");
  const cut = leg("a", {
    turn: "u1",
    asked: [user("hello", "0")],
    state: "cut",
    answered: [{ ...part, partial: true }],
  });
  const path = stored(
    cut,
    cut,
    leg("b", {
      turn: "u1",
      asked: [user("hello", "0"), assistant("Hello", "1")],
      answered: [assistant("Hello you", "2")],
      started: 2000,
    }),
  );
  assert.deepEqual(told(path, "t"), [["user hello", "assistant Hello", "assistant Hello you"]]);
  const { threads } = ledgerOf(path);
  assert.deepEqual(
    threads[0]?.turns_.map(({ state, items }) => [state, items.map(({ partial }) => partial)]),
    [["completed", [0, 0, 0]]],
  );
  assert.equal(threads[0]?.errors, 0, "a turn that was right at last has no error");
});

test("a turn has the error of its last leg", () => {
  const error = { code: "server_is_overloaded", message: "later" };
  const failed = leg("a", { turn: "u1", state: "failed", error, status: 503 });
  const errors = (path: string) => ledgerOf(path).threads;
  assert.deepEqual(
    errors(stored(failed)).map(({ errors, turns_ }) => [errors, turns_[0]?.error_code]),
    [[1, "server_is_overloaded"]],
  );
  const mended = stored(failed, leg("b", { turn: "u1", started: 2000 }));
  assert.deepEqual(
    errors(mended).map(({ errors, turns_ }) => [errors, turns_[0]?.error_code]),
    [[0, undefined]],
  );
});

test("what an import tells of a turn that was recorded adds items, and no leg", () => {
  const recorded = leg("a", { turn: "u1", asked: [user("hi", "1")], answered: [assistant("ho", "2")], usage });
  const source = "codex";
  const imported = leg("file/1", {
    thread: thread("t", { source }),
    turn: "u1",
    asked: [user("hi", "1"), context("more", "3")],
    usage,
  });
  const next = leg("file/2", {
    thread: thread("t", { source }),
    turn: "u2",
    asked: [user("ha", "4")],
    usage,
    started: 2000,
  });
  const path = stored(recorded, imported, next, imported);
  const { threads } = ledgerOf(path);
  assert.deepEqual(
    threads.map(({ input, turns_ }) => [input, turns_.map(({ legs }) => legs.map(({ key }) => key))]),
    [[20, [["a"], ["file/2"]]]],
  );
  assert.deepEqual(told(path, "t"), [["user hi", "assistant ho", "context "], ["user ha"]]);
});

test("long bodies and pictures are kept once for all threads, and come back to the byte", () => {
  const long = "é\u2028\ud83d\ude00 \\u00e9 ".repeat(200);
  const item = (id: string) => {
    const body = `{"type": "message","id":"${id}" ,"n":1.0, "content":[{"text":${JSON.stringify(long)}}],"internal_chat_message_metadata_passthrough":{"turn_id":"${id}"}}`;
    const hash = "ab".repeat(32);
    return message("user", long, {
      id,
      body,
      blobs: [{ hash, mediaType: "image/png", size: 3, bytes: id === "1" ? undefined : Buffer.from("png") }],
    });
  };
  const items = [item("1"), item("2")];
  const path = stored(
    leg("a", { thread: thread("a"), turn: "u", asked: items.slice(0, 1) }),
    leg("b", { thread: thread("b"), turn: "v", asked: items.slice(1) }),
  );
  const { threads, texts, blobs } = ledgerOf(path);
  assert.deepEqual(
    threads.flatMap(({ turns_ }) => turns_.flatMap(({ items }) => items.map(({ body, blobs }) => [body, blobs]))),
    items.map(({ body, blobs }) => [body, blobs[0]?.hash]),
  );
  assert.deepEqual([texts, blobs], [1, [{ hash: "ab".repeat(32), media_type: "image/png", size: 3, bytes: 3 }]]);
});

test("what went up in an item's place is added when it becomes known", () => {
  const asked = [user("x"), user("x"), user("y", "1")];
  const sent = asked.map((item, i) => ({ ...item, sent: `["${i}"]` }));
  const texts = (path: string) =>
    ledgerOf(path).threads[0]?.turns_.map(({ items }) => items.map(({ text, sent }) => [text, sent]));
  const expected = [
    ["x", '["0"]'],
    ["x", '["1"]'],
    ["y", '["2"]'],
  ];
  for (const whole of [true, false]) {
    const before = leg("0", { turn: "u0", asked: [user("x")], started: 1 });
    const open = leg("a", { turn: "u1", whole, asked: whole ? [user("x"), ...asked] : asked, state: "open" });
    const ended: Leg = { ...open, asked: whole ? [user("x"), ...sent] : sent, state: "completed" };
    assert.deepEqual(texts(stored(before, open, ended)), [[["x", undefined]], expected], `whole: ${whole}`);
  }
});

test("an output that comes before its call gets the tool's name with it", () => {
  const path = stored(
    leg("a", { turn: "u", whole: false, asked: [output("c", "ok", "2")] }),
    leg("b", { turn: "u", whole: false, answered: [call("c", "shell", "1")], started: 2000 }),
  );
  const { threads } = ledgerOf(path);
  assert.deepEqual(
    threads[0]?.turns_[0]?.items.map(({ tool }) => tool),
    ["shell", "shell"],
  );
});
