import assert from "node:assert/strict";
import test, { suite } from "node:test";
import { ask, finish, plan, wrap } from "./engine.ts";
import { CodexPlusError } from "./errors.ts";
import { createLogger } from "./log.ts";
import { type Frame, makeFrame } from "./protocol/frame.ts";
import { RequestBody } from "./protocol/request.ts";
import { say } from "./protocol/say.ts";
import type { Head, Needs, Reply, Stage, Turn } from "./turn.ts";

const head: Head = {
  wire: "ws",
  kind: "main",
  thread: "",
  turn: "",
  parents: [],
  method: "GET",
  path: "/responses",
  headers: [],
};

function turnOf(body = '{"model":"m","input":[]}'): Turn {
  return {
    id: "t",
    head,
    signal: new AbortController().signal,
    log: createLogger("silent"),
    request: new RequestBody(Buffer.from(body)),
    leg: () => Promise.reject(new Error("no leg here")),
    notes: new Map(),
  };
}

const stage = (name: string, needs: Needs, more: Partial<Stage> = {}): Stage => ({ name, needs: () => needs, ...more });
const frame = (type: string): Frame => makeFrame("ws", { type });
const planned = (...stages: Stage[]): ReturnType<typeof plan> => plan(stages, head, () => undefined);

/** The types that come out of a stream when these stages have seen it, and what it ended with. */
async function through(
  frames: readonly Frame[],
  stages: readonly Stage[],
  failure?: Error,
): Promise<[string[], unknown]> {
  async function* source(): AsyncGenerator<Frame> {
    yield* frames;
    if (failure !== undefined) throw failure;
  }
  const reply: Reply = { status: 200, reason: "OK", headers: [], frames: source() };
  const turn = turnOf();
  const asked = await ask(turn, planned(...stages));
  const out: string[] = [];
  try {
    for await (const { type } of wrap(turn, reply, asked).frames) out.push(type);
  } catch (error) {
    return [out, error];
  }
  return [out, undefined];
}

suite("plan", () => {
  const cases: [readonly Needs[], Needs, number][] = [
    [[], "nothing", 0],
    [["nothing", "nothing"], "nothing", 0],
    [["nothing", "request"], "request", 1],
    [["events", "request"], "events", 2],
  ];
  for (const [needs, expected, entered] of cases) {
    test(`Stages that need [${needs}] make a turn that needs ${expected}`, () => {
      const made = planned(...needs.map((need, i) => stage(`${i}`, need)));
      assert.deepEqual([made.needs, made.entered.length], [expected, entered]);
    });
  }

  test("A stage that throws is left out and told of", () => {
    const failed: [string, unknown][] = [];
    const boom = new Error("boom");
    const bad: Stage = {
      name: "bad",
      needs: () => {
        throw boom;
      },
    };
    const made = plan([bad, stage("good", "request")], head, ({ name }, error) => failed.push([name, error]));
    assert.deepEqual([made.entered.map(({ stage: { name } }) => name), failed], [["good"], [["bad", boom]]]);
  });
});

suite("ask", () => {
  test("Stages are asked in order until one answers; those behind it take no part", async () => {
    const seen: string[] = [];
    const note = (name: string, reply?: Reply): Stage =>
      stage(name, "request", {
        request: () => {
          seen.push(name);
          return reply;
        },
      });
    const answer = say("ws", "hello");
    const asked = await ask(turnOf(), planned(note("a"), note("b", answer), note("c")));
    assert.deepEqual(
      [seen, asked.reply === answer, asked.entered.map(({ stage: { name } }) => name)],
      [["a", "b"], true, ["a", "b"]],
    );
  });

  test("What the client did wrong ends the turn, with those told that had taken part", async () => {
    const asked = await ask(
      turnOf("nope"),
      planned(
        stage("a", "request"),
        stage("b", "request", { request: (turn) => void turn.request.json() as undefined }),
        stage("c", "request"),
      ),
    );
    assert.deepEqual(
      [asked.refused?.code, asked.entered.map(({ stage: { name } }) => name)],
      ["CP_REQUEST_INVALID", ["a"]],
    );
  });

  test("A changed model is remembered as it was asked for, and makes the events needed", async () => {
    const change = (model: string): Stage =>
      stage("m", "request", {
        request: (turn) => void turn.request.edit((draft) => draft.set("model", model)) as undefined,
      });
    const [changed, same] = await Promise.all([
      ask(turnOf(), planned(change("o"))),
      ask(turnOf(), planned(change("m"))),
    ]);
    assert.deepEqual([changed.model, changed.needs, same.model, same.needs], ["m", "events", undefined, "request"]);
  });
});

suite("wrap", () => {
  const all = [frame("a"), frame("b"), frame("c")];
  const throwing = (at: string, instead?: Frame): Stage =>
    stage("bad", "events", {
      async *frames(_turn, source) {
        for await (const each of source) {
          if (each.type === at && instead !== undefined) yield instead;
          if (each.type === at) throw new Error("boom");
          yield each;
        }
      },
    });

  test("A stage that throws is cut loose, and nothing is lost or told twice", async () => {
    assert.deepEqual(await through(all, [throwing("a")]), [["a", "b", "c"], undefined]);
    assert.deepEqual(await through(all, [throwing("b")]), [["a", "b", "c"], undefined]);
    assert.deepEqual(await through(all, [throwing("b", frame("b"))]), [["a", "b", "c"], undefined]);
    assert.deepEqual(await through(all, [throwing("b", frame("added"))]), [["a", "added", "b", "c"], undefined]);
  });

  test("A failure of the stream is not a stage's, and goes through", async () => {
    const cut = new CodexPlusError("CP_UPSTREAM_CUT", "cut");
    const pass: Stage = stage("pass", "events", { frames: (_turn, source) => source });
    assert.deepEqual(await through(all, [pass, throwing("never")], cut), [["a", "b", "c"], cut]);
  });

  test("A stage may end the stream, and the source is then let go", async () => {
    let let_go = false;
    async function* source(): AsyncGenerator<Frame> {
      try {
        yield* all;
      } finally {
        let_go = true;
      }
    }
    const short = stage("short", "events", {
      async *frames(_turn, frames) {
        for await (const each of frames) {
          yield each;
          return;
        }
      },
    });
    const turn = turnOf();
    const out: string[] = [];
    const wrapped = wrap(
      turn,
      { status: 200, reason: "", headers: [], frames: source() },
      await ask(turn, planned(short)),
    );
    for await (const { type } of wrapped.frames) out.push(type);
    assert.deepEqual([out, let_go], [["a"], true]);
  });
});

suite("finish", () => {
  test("Every stage that took part is told, though one of them throws", async () => {
    const told: unknown[] = [];
    const note = (name: string): Stage =>
      stage(name, "request", { done: (_turn, outcome) => void told.push([name, outcome]) });
    const boom = stage("boom", "request", { done: () => Promise.reject(new Error("boom")) });
    await finish(turnOf(), planned(note("a"), boom, note("b")).entered, { ok: true });
    assert.deepEqual(told, [
      ["a", { ok: true }],
      ["b", { ok: true }],
    ]);
  });
});

suite("legs", () => {
  test("A leg that a stage starts is seen by those further in, under the model that was asked for", async () => {
    const sent: string[] = [];
    const stream = (...types: string[]): Reply => ({
      status: 200,
      reason: "OK",
      headers: ["openai-model", "other"],
      frames: (async function* () {
        yield* types.map((type) => makeFrame("ws", { type, response: { model: "other" } }));
      })(),
    });
    const asking = turnOf();
    const turn: Turn = {
      ...asking,
      leg: (body) => Promise.resolve(stream(`leg.${body.json().model}`, "response.done")),
    };
    const outer = stage("outer", "events", {
      request: ({ request }) => void request.edit((draft) => draft.set("model", "other")),
      async *frames({ leg }, source) {
        yield* source;
        yield* (await leg(new RequestBody(Buffer.from('{"model":"second"}')))).frames;
      },
    });
    const inner = stage("inner", "events", {
      async *frames(_, source, request) {
        for await (const each of source) {
          sent.push(`${each.type} of ${request.json().model}`);
          yield each;
        }
      },
    });
    const asked = await ask(turn, planned(outer, inner));
    const out: unknown[] = [];
    for await (const each of wrap(turn, stream("response.created"), asked).frames) out.push(each.json());
    assert.deepEqual(sent, ["response.created of other", "leg.second of second", "response.done of second"]);
    assert.deepEqual(out[0], { type: "response.created", response: { model: "m" } });
  });

  test("An answer that no stage watches any more is not looked at", async () => {
    const frames: Stage["frames"] = () => assert.fail("nobody wanted this");
    const asked = await ask(turnOf(), planned(stage("hooks", "events", { watches: () => false, frames })));
    assert.equal(asked.needs, "request");
  });
});
