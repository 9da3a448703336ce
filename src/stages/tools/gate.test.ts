import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { pino } from "pino";
import type { Judgement } from "../../hooks/tools/judgement.ts";
import { type Frame, makeFrame } from "../../protocol/frame.ts";
import { RequestBody } from "../../protocol/request.ts";
import { Continuity } from "../../sessions/continuity/index.ts";
import { memoryShelf } from "../../sessions/continuity/shelf.ts";
import { ev, type Item, item, type WireEvent } from "../../testing/events.ts";
import type { Turn, Wire } from "../../turn.ts";
import { type Call, isCall } from "../legs/call.ts";
import { nothingKnown } from "../legs/hidden.ts";
import { gate } from "./gate.ts";

const silent = pino({ level: "silent" });
const ALLOWED: Judgement = {
  denied: undefined,
  input: undefined,
  calls: [],
  context: [],
  messages: [],
  stop: undefined,
};
const DENIED: Judgement = { ...ALLOWED, denied: "no" };

/** The events by which a model writes a call, its arguments in pieces. */
function streamed(call: Item, index: number): WireEvent[] {
  const text = String(call.arguments);
  const at = { item_id: call.id, output_index: index };
  return [
    ev.added({ ...call, arguments: "" }, index),
    ...(text.match(/.{1,5}/gs) ?? []).map((delta) => ({
      type: "response.function_call_arguments.delta",
      ...at,
      delta,
    })),
    { type: "response.function_call_arguments.done", ...at, arguments: text },
    ev.done(call, index),
  ];
}

function message(id: string, index: number, words: readonly string[] = ["a", "b"]): WireEvent[] {
  return [
    ev.added({ type: "message", id, role: "assistant", content: [] }, index),
    ...words.map((word) => ev.delta(id, word, index)),
    ev.text(id, words.join(""), index),
  ];
}

interface Line {
  /** Upstream says this. */
  say(...events: WireEvent[]): void;
  cut(error: Error): void;
  end(): void;
  readonly got: WireEvent[];
  /** Settles when the client has got this many events. */
  until(count: number): Promise<void>;
  readonly over: Promise<void>;
  readonly legs: unknown[];
  readonly frames: Frame[];
}

/** A gate between an upstream and a client that both do as they are told. */
function line(
  judge: (call: Call) => Promise<Judgement>,
  wire: Wire = "ws",
  further: readonly (readonly WireEvent[])[] = [],
): Line {
  const inbox: (() => IteratorResult<Frame>)[] = [];
  let wake = (): void => undefined;
  const push = (what: () => IteratorResult<Frame>): void => {
    inbox.push(what);
    wake();
  };
  async function* answers(events: readonly WireEvent[] = []): AsyncGenerator<Frame> {
    for (const event of events) yield makeFrame(wire, event);
  }
  const source: AsyncIterable<Frame> = {
    [Symbol.asyncIterator]: () => ({
      async next() {
        while (inbox.length === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        return (inbox.shift() as () => IteratorResult<Frame>)();
      },
    }),
  };
  const request = new RequestBody(
    Buffer.from(JSON.stringify({ model: "m", store: false, input: [{ role: "user", content: "go" }] })),
  );
  const legs: unknown[] = [];
  const turn: Turn = {
    id: "t",
    head: { wire, kind: "main", thread: "thread", parents: [], turn: "1", method: "POST", path: "/", headers: [] },
    signal: new AbortController().signal,
    log: silent,
    request,
    notes: new Map(),
    leg: (body) => {
      legs.push(body.json().input);
      return Promise.resolve({ status: 200, reason: "OK", headers: [], frames: answers(further[legs.length - 1]) });
    },
  };
  const got: WireEvent[] = [];
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  const over = (async () => {
    const through = gate(turn, source, request, {
      continuity: new Continuity(memoryShelf(), silent),
      notes: { notices: [], ...nothingKnown() },
      gates: (each): each is Call => isCall(each) && each.name !== "wait",
      judge,
      passed: () => undefined,
      ended: () => undefined,
    });
    for await (const frame of through) {
      frames.push(frame);
      const event = frame.json();
      if (event !== undefined) got.push(event);
      for (const look of waiting) look();
    }
  })();
  return {
    say: (...events) => {
      for (const event of events) push(() => ({ done: false, value: makeFrame(wire, event) }));
    },
    cut: (error) =>
      push(() => {
        throw error;
      }),
    end: () => push(() => ({ done: true, value: undefined })),
    got,
    until: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (got.length >= count) resolve();
        };
        waiting.add(look);
        look();
      }),
    over,
    legs,
    frames,
  };
}

const call = (id: string, cmd = "ls"): Item => item.call(id, "exec_command", { cmd });

test("only what a call stands in the way of waits: a message begun before it, and what is about no item, flow on", async () => {
  const verdict = Promise.withResolvers<Judgement>();
  const { say, got, until, over, end } = line(() => verdict.promise);
  const open = ev.added({ type: "message", id: "msg_1", role: "assistant", content: [] }, 0);
  const one = streamed(call("1"), 1);
  say(ev.created("r"), open, ...one, ev.delta("msg_1", "text", 0), ev.keepalive(), ev.text("msg_1", "text", 0));
  await until(5);
  assert.deepEqual(got, [
    ev.created("r"),
    open,
    ev.delta("msg_1", "text", 0),
    ev.keepalive(),
    ev.text("msg_1", "text", 0),
  ]);
  const behind = [...message("msg_2", 2), ev.completed("r")];
  say(...behind);
  verdict.resolve(ALLOWED);
  await until(5 + one.length + behind.length);
  end();
  await over;
  assert.deepEqual(got.slice(5), [...one, ...behind]);
});

test("calls are judged side by side, and come in their order whichever is done first", async () => {
  const verdicts = { 1: Promise.withResolvers<Judgement>(), 2: Promise.withResolvers<Judgement>() };
  const asked: string[] = [];
  const both = Promise.withResolvers<void>();
  const { say, got, over, end } = line(({ call_id }) => {
    asked.push(call_id);
    if (asked.length === 2) both.resolve();
    return verdicts[call_id as "1" | "2"].promise;
  });
  const [one, two] = [streamed(call("1"), 0), streamed(call("2"), 1)];
  const events = [ev.created("r"), ...one, ...two, ev.completed("r")];
  say(...events);
  await both.promise;
  verdicts[2].resolve(ALLOWED);
  verdicts[1].resolve(ALLOWED);
  end();
  await over;
  assert.deepEqual([asked, got], [["1", "2"], events]);
});

test("a call is judged once its arguments are whole, and not before", async () => {
  const asked: Call[] = [];
  const { say, got, until, over, end } = line((each) => {
    asked.push(each);
    return Promise.resolve(ALLOWED);
  });
  const one = streamed(call("1", "echo a long command"), 0);
  say(ev.created("r"), ...one.slice(0, -1), ev.keepalive());
  await until(2);
  assert.deepEqual([asked, got], [[], [ev.created("r"), ev.keepalive()]]);
  say(one.at(-1) as WireEvent, ev.completed("r"));
  end();
  await over;
  assert.deepEqual(asked, [call("1", "echo a long command")]);
});

test("a call that cannot be judged is not made, and the model is told why", async () => {
  const judge = (): Promise<Judgement> => Promise.reject(new Error("oh"));
  const { say, got, over, end, legs } = line(judge, "ws", [[ev.created("r2"), ev.completed("r2")]]);
  say(ev.created("r"), ...streamed(call("1"), 0), ev.completed("r", undefined, [call("1")]));
  end();
  await over;
  assert.doesNotMatch(JSON.stringify(got), /call_id/);
  assert.match(JSON.stringify(legs), /could not be shown to the hooks that guard it \(oh\), and was not made/);
});

test("where a call is denied, places and the end close up over it, and the other call's answer is waited for", async () => {
  const { say, got, over, end, legs } = line(({ call_id }) => Promise.resolve(call_id === "1" ? DENIED : ALLOWED));
  const [one, two, three] = [call("1"), call("2"), item.text("msg_3", "ab")];
  const events = [...streamed(one, 0), ...streamed(two, 1), ...message("msg_3", 2)];
  say(ev.created("r"), ...events, ev.completed("r", undefined, [one, two, three]));
  end();
  await over;
  assert.deepEqual(got, [
    ev.created("r"),
    ...streamed(two, 0),
    ...message("msg_3", 1),
    ev.completed("r", undefined, [two, three]),
  ]);
  assert.deepEqual(legs, []);
});

test("what hooks have changed is the same in all events of the call, and in the end", async () => {
  const judge = (): Promise<Judgement> => Promise.resolve({ ...ALLOWED, input: { cmd: "echo safe" } });
  const { say, got, over, end } = line(judge);
  const [one, made] = [call("1", "rm -rf everything"), call("1", "echo safe")];
  say(ev.created("r"), ...streamed(one, 0), ev.completed("r", undefined, [one]));
  end();
  await over;
  const [added, , ...rest] = streamed(made, 0);
  const delta = {
    type: "response.function_call_arguments.delta",
    item_id: "fc_1",
    output_index: 0,
    delta: made.arguments,
  };
  assert.deepEqual(got, [
    ev.created("r"),
    added,
    delta,
    ...rest.filter(({ type }) => !type.endsWith(".delta")),
    ev.completed("r", undefined, [made]),
  ]);
});

test("an answer that breaks off in the middle of a call is handed on as far as it came, and what was whole is judged", async () => {
  const { say, cut, got, over } = line(({ call_id }) => Promise.resolve(call_id === "1" ? DENIED : ALLOWED));
  const [one, two, three] = [streamed(call("1"), 0), streamed(call("2"), 1), streamed(call("3"), 2).slice(0, 3)];
  say(ev.created("r"), ...one, ...two, ...three);
  cut(new Error("cut"));
  await assert.rejects(over, /cut/);
  const unfinished = three.map((event) => ({ ...event, output_index: 1 }));
  assert.deepEqual(got, [ev.created("r"), ...streamed(call("2"), 0), ...unfinished]);
});

test("a call that stands only in the end of an answer is judged like any other", async () => {
  const next = [ev.created("r2"), ...message("msg_2", 0), ev.completed("r2", undefined, [item.text("msg_2", "ab")])];
  const { say, got, over, end, legs } = line(() => Promise.resolve(DENIED), "sse", [next]);
  say(ev.created("r"), ev.completed("r", undefined, [call("1")]));
  end();
  await over;
  assert.deepEqual(got, [
    ev.created("r"),
    ...message("msg_2", 0),
    ev.completed("r2", undefined, [item.text("msg_2", "ab")]),
  ]);
  assert.deepEqual(legs, [
    [{ role: "user", content: "go" }, call("1"), { type: "function_call_output", call_id: "1", output: "no" }],
  ]);
});

test("a model that does not take no for an answer is heard sixteen times", async () => {
  const answers = Array.from({ length: 16 }, (_, index) => {
    const id = `r${index + 1}`;
    return [ev.created(id), ...streamed(call(`${index}`), 0), ev.completed(id)];
  });
  const [first = [], ...further] = answers;
  const { say, got, over, end, legs } = line(() => Promise.resolve(DENIED), "ws", further);
  say(...first);
  end();
  await over;
  const [added, done, completed] = got.slice(-3);
  assert.equal(legs.length, 15);
  assert.deepEqual([added?.type, done?.type], ["response.output_item.added", "response.output_item.done"]);
  assert.match(JSON.stringify(done), /denied what the model wants to do 16 times in a row/);
  assert.deepEqual(completed, {
    ...ev.completed("r16"),
    response: { ...(ev.completed("r16").response as object), id: "" },
  });
});

/** Items in a row or woven into each other, as no backend has promised not to send them. */
const items = fc.array(fc.constantFrom("message", "call", "wait", "bare"), { maxLength: 6 }).map((kinds) =>
  kinds.map((kind, index): WireEvent[] => {
    if (kind === "message") return message(`msg_${index}`, index, ["x", "y", "z"]);
    if (kind === "bare") return [ev.done(call(`${index}`), index)];
    return streamed(kind === "call" ? call(`${index}`) : item.call(`${index}`, "wait", {}), index);
  }),
);

test("where hooks allow everything, the client gets the same bytes in the same order, however long they take", async () => {
  await fc.assert(
    fc.asyncProperty(
      items,
      fc.array(fc.nat({ max: 4 })),
      fc.constantFrom<Wire>("sse", "ws"),
      async (all, waits, wire) => {
        let n = 0;
        const { say, over, end, frames } = line(async () => {
          for (let wait = waits[n++ % (waits.length || 1)] ?? 0; wait > 0; wait -= 1) await new Promise(setImmediate);
          return ALLOWED;
        }, wire);
        const events = [ev.created("r"), ...all.flat(), ev.completed("r")];
        say(...events, { type: "", after: true });
        end();
        await over;
        const expected = [...events, { type: "", after: true }].map((event) => makeFrame(wire, event).raw);
        assert.deepEqual(
          frames.map(({ raw }) => raw.toString()),
          expected.map(String),
        );
      },
    ),
  );
});

test("each item's events stay in their order and none is lost, even where items are woven into each other", async () => {
  await fc.assert(
    fc.asyncProperty(items, fc.infiniteStream(fc.nat()), async (all, choose) => {
      const left = all.map((events) => [...events]);
      const woven: WireEvent[] = [];
      for (
        let some = left.filter(({ length }) => length > 0);
        some.length > 0;
        some = left.filter(({ length }) => length > 0)
      ) {
        const pick = (choose.next().value as number) % some.length;
        woven.push(some[pick]?.shift() as WireEvent);
      }
      const { say, got, over, end } = line(() => Promise.resolve(ALLOWED));
      say(ev.created("r"), ...woven, ev.completed("r"));
      end();
      await over;
      const of = (events: readonly WireEvent[], index: number) => events.filter((each) => each.output_index === index);
      assert.deepEqual(
        all.map((_, index) => of(got, index)),
        all,
      );
      assert.deepEqual([got[0], got.at(-1), got.length], [ev.created("r"), ev.completed("r"), woven.length + 2]);
    }),
  );
});
