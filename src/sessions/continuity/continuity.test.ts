import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { type Item, RequestBody } from "../../protocol/request.ts";
import type { Head, Reply } from "../../turn.ts";
import { Continuity, type Touched } from "./index.ts";
import { type Change, memoryShelf, type Shelf } from "./shelf.ts";

const silent = pino({ level: "silent" });

function make(shelf: Shelf = memoryShelf()): Continuity {
  return new Continuity(shelf, silent);
}

const HEAD: Head = {
  wire: "sse",
  kind: "main",
  thread: "thread",
  parents: [],
  turn: "turn",
  method: "POST",
  path: "/responses",
  headers: [],
};

function turn(input: unknown, head: Partial<Head> = {}, fields: object = { store: false }): Touched {
  const request = new RequestBody(Buffer.from(JSON.stringify({ model: "m", ...fields, input })));
  return { head: { ...HEAD, ...head }, request };
}

const named = (id: string, text: string, role = "user"): Item => ({ type: "message", id, role, content: text });
const nameless = (text: string, role = "user"): Item => ({ type: "message", role, content: text });
const call = { type: "function_call", id: "fc_1", call_id: "call_1", name: "lookup", arguments: "{}" };
const output = { type: "function_call_output", id: "fco_1", call_id: "call_1", output: "found" };

async function shown(reply: Reply | undefined): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const frame of reply?.frames ?? []) {
    const event = frame.json();
    if (event?.type === "response.output_item.done") items.push(event.item);
  }
  return items;
}

function restored(store: Continuity, touched: Touched): unknown {
  store.restore(touched);
  return touched.request.json().input;
}

test("a thread with nothing is not touched, and neither are threads that have nothing to do with one that has", () => {
  const store = make();
  assert.equal(store.touches(HEAD), false);
  store.rewrite(turn([named("msg_1", "//a")]), 0, [named("msg_1", "A")]);
  assert.deepEqual(
    [HEAD, { thread: "other", parents: ["third"] }, { thread: "fork", parents: ["thread"] }].map((each) =>
      store.touches(each),
    ),
    [true, false, true],
  );
});

test("what was rewritten goes up as the very same bytes ever after, also in a fork of a fork", () => {
  const store = make();
  const first = turn([named("msg_1", "//a")]);
  store.rewrite(first, 0, [named("msg_1", "A é"), named("msg_2", "B")]);
  const sent = /"input":\[(.*)\]/.exec(first.request.bytes().toString())?.[1];
  assert.equal(sent, `${JSON.stringify(named("msg_1", "A é"))},${JSON.stringify(named("msg_2", "B"))}`);
  for (const [thread, parent] of [
    ["thread", ""],
    ["fork", "thread"],
    ["fork of fork", "fork"],
  ] as const) {
    const again = turn([named("msg_1", "//a"), named("msg_3", "next")], { thread, parents: [parent] });
    store.restore(again);
    assert.ok(again.request.bytes().toString().includes(`"input":[${sent},{"type":"message","id":"msg_3"`), thread);
  }
});

test("a second rewrite of what stands in an item's place counts for the item, on the first request and on later ones", () => {
  const store = make();
  const [before, after] = [named("msg_b", "before", "developer"), named("msg_a", "after", "developer")];
  const first = turn([named("msg_1", "//a")]);
  store.rewrite(first, 0, [named("msg_1", "A")]);
  store.rewrite(first, 0, [before, named("msg_1", "A"), after]);
  const whole = [before, named("msg_1", "A"), after];
  assert.deepEqual(first.request.json().input, whole);
  const again = turn([named("msg_1", "//a"), named("msg_2", "b")]);
  assert.deepEqual(restored(store, again), [...whole, named("msg_2", "b")]);
  store.rewrite(again, 2, [named("msg_a", "afterwards", "developer")]);
  assert.deepEqual(restored(store, turn([named("msg_1", "//a")])), [
    before,
    named("msg_1", "A"),
    named("msg_a", "afterwards", "developer"),
  ]);
});

test("what is concealed never goes up, and a request that ends with it is no ghost's", () => {
  for (const [one, notice] of [
    [named("msg_1", "a"), named("msg_n", "a notice", "assistant")],
    [nameless("a"), nameless("a notice", "assistant")],
  ] as const) {
    const store = make();
    const first = turn([one]);
    store.conceal(first, notice);
    const again = turn([one, notice]);
    assert.equal(store.restore(again), undefined);
    assert.deepEqual(again.request.json().input, [one]);
  }
});

test("a command and its answer never go up, but what came with the command does", async () => {
  const store = make();
  const asked = turn([named("msg_0", "context"), named("msg_1", "//status")]);
  const [answer] = (await shown(store.answer(asked, [1], "all is well"))) as Item[];
  assert.ok(answer);
  assert.deepEqual(
    restored(store, turn([named("msg_0", "context"), named("msg_1", "//status"), answer, named("msg_2", "go on")])),
    [named("msg_0", "context"), named("msg_2", "go on")],
  );
});

test("a command that comes again, its answer lost, gets that answer again; one that was seen gets only its end", async () => {
  const store = make();
  const asked = [named("msg_1", "//status")];
  const [answer] = await shown(store.answer(turn(asked), [0], "it is ten past nine"));
  assert.deepEqual(await shown(store.restore(turn(asked))), [answer]);
  const effort = { type: "configuration_update", reasoning: { effort: "high" } };
  assert.deepEqual(await shown(store.restore(turn([...asked, effort], { wire: "ws" }))), [answer]);
  const end = store.restore(turn([...asked, answer]));
  assert.ok(end !== undefined);
  assert.deepEqual(await shown(end), []);
  assert.equal(store.restore(turn([...asked, answer, named("msg_2", "go on")])), undefined);
  assert.equal(store.restore(turn(asked, { kind: "side" })), undefined, "only a person's own turn is answered");
});

test("without ids a text is only what it was where it stood", async () => {
  const store = make();
  const before = [
    nameless("You are Codex", "developer"),
    nameless("//status"),
    nameless("a model's answer", "assistant"),
  ];
  const ghost = turn([...before, nameless("//status")], { turn: "2" });
  assert.equal((await shown(store.answer(ghost, [3], "the status"))).length, 1);
  const reply = nameless("the status", "assistant");
  const after = [...before, nameless("//status"), reply];
  const third = turn([...after, nameless("//status")], { turn: "3" });
  store.restore(third);
  assert.deepEqual(third.request.json().input, [...before, nameless("//status")], "the new one has not been handled");
  assert.equal(store.handled(third, 3), false);
  store.rewrite(third, 3, [nameless("written out")]);
  assert.deepEqual(
    restored(
      store,
      turn([...after, nameless("//status"), nameless("ok", "assistant"), nameless("next")], { turn: "4" }),
    ),
    [...before, nameless("written out"), nameless("ok", "assistant"), nameless("next")],
  );
  assert.deepEqual(restored(store, turn([nameless("//status")], { thread: "other", parents: [] })), [
    nameless("//status"),
  ]);
});

test("what was hidden stands behind its item in the order it came, until a compaction", () => {
  const store = make();
  const prompt = named("msg_1", "look it up");
  const second = { ...call, id: "fc_2", call_id: "call_2" };
  store.hide(turn([prompt]), prompt, [call, output]);
  store.hide(turn([prompt]), prompt, [second]);
  const answer = named("msg_2", "found", "assistant");
  assert.deepEqual(restored(store, turn([prompt, answer])), [prompt, call, output, second, answer]);
  const summary = { type: "compaction", encrypted_content: "…" };
  assert.deepEqual(restored(store, turn([prompt, summary, answer])), [prompt, summary, answer]);
});

test("something may be hidden behind a call, which has an id of its own even where items have none", () => {
  const store = make();
  const { id: _, ...visible } = output;
  store.hide(turn([nameless("prompt"), visible]), visible, [{ type: "message", role: "developer", content: "note" }]);
  const input = [nameless("prompt"), visible, nameless("next")];
  assert.deepEqual(restored(store, turn(input)), [...input.slice(0, 2), nameless("note", "developer"), input[2]]);
});

test("what was put into a request is known as handled, the rest is not", () => {
  const store = make();
  const first = turn([named("msg_1", "//a"), named("msg_2", "b")]);
  store.rewrite(first, 0, [named("msg_1", "//looks like a command")]);
  const later = turn([named("msg_1", "//a"), named("msg_2", "b")]);
  store.restore(later);
  assert.deepEqual([store.handled(first, 0), store.handled(later, 0), store.handled(later, 1)], [true, true, false]);
});

test("a title request that quotes a command is left as it is", () => {
  const store = make();
  store.rewrite(turn([named("msg_1", "//a")]), 0, [named("msg_1", "A")]);
  const title = turn([named("msg_9", "Find a title for: //a")], { kind: "side", thread: "title", parents: ["thread"] });
  const { request } = title;
  store.restore(title);
  assert.equal(request.edited, false);
});

test("a client that goes on from an id of ours is led back to the last that upstream knows, with what it has missed", async () => {
  const store = make();
  const keeps = { store: true };
  const context = nameless("context", "developer");
  const first = turn([context, nameless("//status")], { thread: "" }, { ...keeps, previous_response_id: "resp_real" });
  const end = async (reply: Reply): Promise<string> => {
    let id = "";
    for await (const frame of reply.frames) id = (frame.json()?.response as { id: string } | undefined)?.id ?? id;
    return id;
  };
  const one = await end(store.answer(first, [1], "answer"));
  const again = turn([nameless("//status")], { thread: "" }, { ...keeps, previous_response_id: one });
  const two = await end(store.answer(again, [0], "answer"));
  const next = turn("and now?", { thread: "" }, { ...keeps, previous_response_id: two });
  assert.equal(store.touches(next.head), true);
  store.restore(next);
  assert.deepEqual(next.request.json(), {
    model: "m",
    ...keeps,
    previous_response_id: "resp_real",
    input: [context, { type: "message", role: "user", content: "and now?" }],
  });
  const start = await end(store.answer(turn([nameless("//status")], { thread: "" }, keeps), [0], "answer"));
  const second = turn([nameless("hello")], { thread: "" }, { ...keeps, previous_response_id: start });
  store.restore(second);
  assert.deepEqual(second.request.json(), { model: "m", ...keeps, input: [nameless("hello")] });
});

test("a store that fails hurts no turn: it is said once, kept in memory, and written when it can be", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const kept = memoryShelf();
  const written: Change["what"][] = [];
  let broken = true;
  const fail = (): never => {
    throw new Error("disk full");
  };
  const shelf: Shelf = {
    ...kept,
    threads: () => (broken ? fail() : kept.threads()),
    load: (thread) => (broken ? fail() : kept.load(thread)),
    write: (changes) => {
      if (broken) fail();
      written.push(...changes.map(({ what }) => what));
      kept.write(changes);
    },
  };
  const lines: string[] = [];
  const store = new Continuity(shelf, pino({ base: null }, { write: (line: string) => lines.push(line) }));
  store.rewrite(turn([named("msg_1", "//a")]), 0, [named("msg_1", "A")]);
  store.rewrite(turn([named("msg_2", "//b")]), 0, [named("msg_2", "B")]);
  const input = [named("msg_1", "//a"), named("msg_2", "//b")];
  assert.deepEqual(restored(store, turn(input)), [named("msg_1", "A"), named("msg_2", "B")]);
  assert.deepEqual({ said: lines.length, written }, { said: 1, written: [] });
  broken = false;
  t.mock.timers.tick(5000);
  assert.deepEqual(written, ["thread", "mark", "mark"]);
  assert.deepEqual(restored(make(kept), turn(input)), [named("msg_1", "A"), named("msg_2", "B")]);
});

test("what was kept before a store failed comes back when it can be read again", () => {
  const kept = memoryShelf();
  make(kept).rewrite(turn([named("msg_1", "//a")]), 0, [named("msg_1", "A")]);
  let broken = true;
  const shelf: Shelf = {
    ...kept,
    threads: () => {
      if (broken) throw new Error("locked");
      return kept.threads();
    },
  };
  const store = make(shelf);
  assert.equal(store.touches(HEAD), false);
  broken = false;
  assert.deepEqual(restored(store, turn([named("msg_1", "//a")])), [named("msg_1", "A")]);
});

test("old threads are forgotten, and with them what they cost", () => {
  const store = make();
  store.rewrite(turn([named("msg_1", "//a")]), 0, [named("msg_1", "A")]);
  store.prune(Date.now() - 1000);
  assert.equal(store.touches(HEAD), true);
  store.prune(Date.now() + 1000);
  assert.equal(store.touches(HEAD), false);
});

test("what is hidden may be gone on from, and written otherwise, when it has come back", () => {
  const store = make();
  const prompt = named("msg_1", "look it up");
  store.hide(turn([prompt]), prompt, [call, output]);
  const second = turn([prompt, named("msg_2", "and more")]);
  store.restore(second);
  store.rewrite(second, 2, [output, named("msg_3", "beside it", "developer")]);
  const further = { ...call, id: "fc_2", call_id: "call_2" };
  store.hide(second, output, [further]);
  assert.deepEqual(restored(store, turn([prompt, named("msg_2", "and more")])), [
    prompt,
    call,
    output,
    named("msg_3", "beside it", "developer"),
    further,
    named("msg_2", "and more"),
  ]);
});

test("an output that had something hidden behind it by its call keeps that when it is rewritten by its id", () => {
  const store = make();
  const prompt = named("msg_1", "look it up");
  const { id: _, ...known } = output;
  const denial = { ...output, id: "fco_2", call_id: "call_2" };
  store.hide(turn([prompt]), known, [denial]);
  const second = turn([prompt, call, output]);
  store.restore(second);
  store.rewrite(second, 2, [{ ...output, output: "masked" }]);
  const expected = [prompt, call, { ...output, output: "masked" }, denial];
  assert.deepEqual(second.request.json().input, expected);
  assert.deepEqual(restored(store, turn([prompt, call, output])), expected);
});

test("an item that the client gets in another form goes up as upstream said it", () => {
  const store = make();
  const prompt = named("msg_1", "look it up");
  const made = { ...call, arguments: '{"safe":true}' };
  store.original(turn([prompt]), made, call);
  assert.deepEqual(restored(store, turn([prompt, made, output])), [prompt, call, output]);
  const { id: _, ...nameless } = made;
  const bare = { type: "message", role: "user", content: "look it up" };
  const other = make();
  other.original(turn([bare]), made, call);
  assert.deepEqual(restored(other, turn([bare, nameless, output])), [bare, call, output]);
});
