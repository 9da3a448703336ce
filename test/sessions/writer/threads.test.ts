/** Which thread a leg belongs to, and what a thread is told of itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ThreadFacts } from "../../../src/sessions/ledger.ts";
import { ledgerOf, told } from "./ledger.ts";
import { assistant, call, context, leg, message, output, thread, user } from "./legs.ts";
import { stored } from "./stored.ts";

test("a fork has its parent's items up to where it parted, and stores its own only", () => {
  const past = [user("one", "1"), assistant("uno", "2")];
  const path = stored(
    leg("a", { thread: thread("p"), turn: "u1", asked: past.slice(0, 1), answered: past.slice(1) }),
    leg("b", {
      thread: thread("p"),
      turn: "u2",
      asked: [...past, user("two", "3")],
      answered: [call("c", "shell", "4")],
      started: 2000,
    }),
    leg("c", {
      thread: thread("f", { forkedFrom: "p" }),
      turn: "u3",
      asked: [...past, user("other", "5")],
      answered: [assistant("si", "6")],
      started: 3000,
    }),
    leg("d", {
      thread: thread("p"),
      turn: "u2",
      asked: [...past, user("two", "3"), call("c", "shell", "4"), output("c", "x", "7")],
      started: 4000,
    }),
    leg("e", {
      thread: thread("g", { forkedFrom: "f" }),
      turn: "u5",
      asked: [...past, user("other", "5"), user("deep", "8")],
      started: 5000,
    }),
    leg("f", {
      thread: thread("n", { forkedFrom: "nobody knows" }),
      turn: "u6",
      asked: [...past, user("new", "9")],
      started: 6000,
    }),
  );
  const last = ledgerOf(path).threads;
  assert.deepEqual(
    last.map(({ id, last, prompt }) => ({ id, last, prompt, told: told(path, id) })),
    [
      { id: "f", last: "uno", prompt: "other", told: [["user other", "assistant si"]] },
      { id: "g", last: "other", prompt: "deep", told: [["user deep"]] },
      { id: "n", last: undefined, prompt: "one", told: [["user one", "assistant uno", "user new"]] },
      {
        id: "p",
        last: undefined,
        prompt: "one",
        told: [
          ["user one", "assistant uno"],
          ["user two", "tool shell c", "tool x"],
        ],
      },
    ],
  );
});

test("a fork without item ids has its own prompt, even in words that its parent has said since", () => {
  const past = [user("one"), assistant("uno")];
  const path = stored(
    leg("a", { thread: thread("p"), turn: "u1", asked: past.slice(0, 1), answered: past.slice(1) }),
    leg("b", {
      thread: thread("p"),
      turn: "u2",
      asked: [...past, user("go on")],
      answered: [assistant("ok")],
      started: 2000,
    }),
    leg("c", {
      thread: thread("f", { forkedFrom: "p" }),
      turn: "u3",
      asked: [...past, user("go on")],
      answered: [assistant("ok")],
      started: 3000,
    }),
    leg("d", {
      thread: thread("f", { forkedFrom: "p" }),
      turn: "u4",
      asked: [...past, user("go on"), assistant("ok"), user("go on")],
      started: 4000,
    }),
  );
  assert.deepEqual(told(path, "f"), [["user go on", "assistant ok"], ["user go on"]]);
});

test("a client without thread ids goes on with the conversation whose words it sends again", () => {
  const sdk = (id: string) => thread(`cp_${id}`, { client: "openai-node" });
  const reasoning = message("reasoning", "hm");
  const path = stored(
    leg("a", {
      thread: sdk("a"),
      begins: true,
      asked: [context("be kind"), user("hi")],
      answered: [reasoning, call("c", "time")],
    }),
    leg("b", {
      thread: sdk("b"),
      asked: [context("be kind now"), user("hi"), call("c", "time"), output("c", "noon")],
      answered: [assistant("noon")],
      started: 2000,
    }),
    leg("c", { thread: sdk("c"), begins: true, asked: [user("hi")], answered: [assistant("noon")], started: 3000 }),
    leg("d", { thread: sdk("d"), begins: true, asked: [user("fail")], state: "failed", started: 4000 }),
    leg("e", {
      thread: sdk("e"),
      begins: true,
      asked: [user("fail")],
      answered: [assistant("ok")],
      responseId: "resp_e",
      started: 5000,
    }),
    leg("f", {
      thread: sdk("f"),
      begins: true,
      whole: false,
      previous: "resp_e",
      asked: [user("fail")],
      started: 6000,
    }),
    leg("g", {
      thread: sdk("g"),
      begins: true,
      whole: false,
      previous: "resp_?",
      asked: [user("lost")],
      started: 7000,
    }),
  );
  assert.deepEqual(told(path, "cp_a"), [
    ["context ", "user hi", "reasoning hm", "tool time c", "context ", "tool noon", "assistant noon"],
  ]);
  assert.deepEqual(
    told(path, "cp_c"),
    [["user hi", "assistant noon"]],
    "the same question anew is another conversation",
  );
  assert.deepEqual(told(path, "cp_d"), [["user fail", "assistant ok"], ["user fail"]], "a retry is the same turn");
  assert.deepEqual(told(path, "cp_g"), [["user lost"]]);
});

test("titles are given to the thread they are for, whichever comes first", () => {
  const title = leg("t", {
    thread: thread("s", { kind: "title", root: "r", parent: "r" }),
    kind: "side",
    turn: "x",
    names: { thread: "r", title: "Mending tests" },
  });
  const own = leg("r", { thread: thread("r"), turn: "u", started: 500 });
  const titles = (path: string) => ledgerOf(path).threads.map(({ id, title }) => [id, title]);
  const expected = [
    ["r", "Mending tests"],
    ["s", "Mending tests"],
  ];
  assert.deepEqual(titles(stored(own, title)), expected);
  assert.deepEqual(titles(stored(title, own)), expected);
});

test("a title of Codex's, which names no thread, is given to the one whose prompt it quotes", () => {
  const typed = (id: string, text: string, more: Partial<ThreadFacts> = {}) =>
    leg(id, { thread: thread(id, { client: "codex-tui", ...more }), turn: "u", started: 1000, asked: [user(text)] });
  const title = leg("t", {
    thread: thread("s", { kind: "title", client: "codex-tui" }),
    kind: "side",
    turn: "x",
    started: 1100,
    asked: [user("Generate a title.\n\nUser prompt:\nMend the tests\nof today")],
    names: { thread: "s", title: "Mending tests" },
  });
  const path = stored(
    typed("other", "Mend the tests"),
    typed("elsewhere", "Mend the tests\nof today", { client: "codex_exec" }),
    typed("asker", "Mend the tests\nof today\n"),
    { ...title, state: "open", names: undefined },
    title,
  );
  const { threads } = ledgerOf(path);
  assert.deepEqual(
    threads.map(({ id, root, parent, title }) => [id, root, parent, title]),
    [
      ["asker", "asker", undefined, "Mending tests"],
      ["elsewhere", "elsewhere", undefined, undefined],
      ["other", "other", undefined, undefined],
      ["s", "asker", "asker", "Mending tests"],
    ],
  );
});

test("a thread that only speaks through those below it is there, and learns more of itself", () => {
  const below = leg("b", {
    thread: thread("review", { kind: "review", root: "r", parent: "r", cwd: "/p", client: "codex_exec", title: "x" }),
    kind: "side",
    turn: "u",
    started: 2000,
  });
  const own = leg("a", { thread: thread("r", { model: "m" }), kind: "warmup", started: 1000 });
  const expected = ["user", "r", undefined, "/p", "codex_exec", undefined, 0];
  for (const path of [stored(below), stored(own, below), stored(below, own)]) {
    const { threads } = ledgerOf(path);
    const [root] = threads.filter(({ id }) => id === "r");
    assert.deepEqual(
      [root?.kind, root?.root, root?.parent, root?.cwd, root?.client, root?.title, root?.turns],
      expected,
    );
  }
});

test("facts of an earlier leg do not take the place of later ones", () => {
  const path = stored(
    leg("b", { thread: thread("t", { model: "new" }), turn: "u2", started: 2000 }),
    leg("a", { thread: thread("t", { model: "old", cwd: "/p" }), turn: "u1", started: 1000 }),
  );
  const { threads } = ledgerOf(path);
  assert.deepEqual([threads[0]?.model, threads[0]?.cwd, threads[0]?.created], ["new", "/p", 1000]);
});
