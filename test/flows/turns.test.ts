/** Turns that stages see: the same stages, the same playbooks, on both wires. */
import assert from "node:assert/strict";
import test, { suite, type TestContext } from "node:test";
import { setTimeout as later } from "node:timers/promises";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { makeFrame, type WireEvent } from "../../src/protocol/frame.ts";
import { RequestBody, type RequestDraft } from "../../src/protocol/request.ts";
import { say } from "../../src/protocol/say.ts";
import { ev } from "../../src/testing/events.ts";
import { type Answer, type Mock, type Step, startMock, steps } from "../../src/testing/index.ts";
import type { Outcome, Stage, Turn } from "../../src/turn.ts";
import { type Running, startProxy } from "./harness.ts";
import { field } from "./message.ts";
import { CODEX, type Event, type Speaker, speaker, WIRES, type Wire } from "./speaker.ts";
import { dial } from "./talk.ts";

const BODY =
  '{"model":"m","stream":true,"store":false,"input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"a b"}]}]}';

interface Set {
  readonly mock: Mock;
  readonly proxy: Running;
  readonly client: Speaker;
}

async function setUp(t: TestContext, wire: Wire, stages: readonly Stage[], limits = {}): Promise<Set> {
  const mock = await startMock();
  t.after(() => mock.stop());
  const proxy = await startProxy(t, { upstream: mock.url, stages, settings: { limits } });
  return { mock, proxy, client: await speaker(t, wire, proxy.port) };
}

/** Scripts replies without the events that the mock otherwise puts behind the first, as a long list needs no noise. */
function play(mock: Mock, ...replies: (readonly Step[] | Answer)[]): void {
  const quiet = (script: Answer["steps"]): Step[] => [steps.wait(Promise.resolve()), ...(script as Step[])];
  mock.script(
    ...replies.map((reply) =>
      "steps" in reply ? { ...reply, steps: quiet(reply.steps) } : "map" in reply ? quiet(reply) : reply,
    ),
  );
}

/** A member that is an object, of what may not be there. */
const part = (event: Event | undefined, name: string): Event => (event?.[name] ?? {}) as Event;
const types = (events: readonly Event[]): unknown[] => events.map(({ type }) => type);
const plain = (id: string): WireEvent[] => [ev.created(id), ev.completed(id)];

function edit(turn: Turn, change: (draft: RequestDraft) => void): undefined {
  turn.request.edit(change);
}

/** A stage that keeps what it is told of the end. */
function witness(
  stage: Omit<Stage, "name">,
  name = "witness",
): { stage: Stage; outcomes: Outcome[]; done: Promise<Outcome> } {
  const outcomes: Outcome[] = [];
  const told = Promise.withResolvers<Outcome>();
  return {
    stage: {
      name,
      ...stage,
      done: (_turn, outcome) => {
        outcomes.push(outcome);
        told.resolve(outcome);
      },
    },
    outcomes,
    done: told.promise,
  };
}

for (const wire of WIRES) {
  suite(`Turns over ${wire}`, { timeout: 30_000 }, () => {
    test("An edited request goes up with every untouched byte as it came", async (t) => {
      const stage: Stage = {
        name: "editor",
        needs: () => "request",
        request: (turn) =>
          edit(turn, (draft) => {
            draft.set("prompt_cache_key", "k");
            draft.removeItem(0);
            draft.replaceItem(0, { type: "message", role: "user", content: "new" });
            draft.insertItem(0, { type: "message", role: "developer", content: "first" });
            draft.set("added", [1]);
          }),
      };
      const { mock, client } = await setUp(t, wire, [stage]);
      play(mock, plain("r1"));
      client.ask(
        '{ "model" : "m",\n"n":1.0e2, "input": [ {"type":"message","role":"user","content":"gone"} ,{"type":"message","role":"user","content":"old"},  {"type":"message","role":"user","content":"\\u00e9 é"} ],"prompt_cache_key":"x" , "store":false,"stream":true }',
      );
      const { events } = await client.answer();
      const type = wire === "ws" ? '"type":"response.create",' : "";
      assert.deepEqual(types(events), ["response.created", "response.completed"]);
      assert.equal(
        `${mock.record.turns[0]?.received}`,
        `{${type}"model" : "m","n":1.0e2,"input":[{"type":"message","role":"developer","content":"first"},` +
          '{"type":"message","role":"user","content":"new"},{"type":"message","role":"user","content":"\\u00e9 é"}],' +
          '"prompt_cache_key":"k","store":false,"stream":true,"added":[1]}',
      );
    });

    test("A request that a stage only looks at goes up byte for byte, and its answer comes down so", async (t) => {
      const seen: unknown[] = [];
      const { stage, done } = witness({
        needs: () => "events",
        request: (turn) => {
          seen.push(turn.request.json().model);
          return undefined;
        },
        async *frames(_turn, source) {
          for await (const frame of source) {
            seen.push(frame.json()?.type);
            yield frame;
          }
        },
      });
      const { mock, client } = await setUp(t, wire, [stage]);
      play(mock, [
        ...plain("r1").slice(0, 1),
        steps.bytes(wire === "sse" ? ": a comment\n\n" : "no json"),
        ...plain("r1").slice(1),
      ]);
      const odd = BODY.replaceAll(":", " : ");
      client.ask(odd);
      if (wire === "sse") assert.equal((await client.answer()).events.length, 2);
      else await done;
      assert.deepEqual(
        [`${mock.record.turns[0]?.received}`.endsWith(odd.slice(1)), seen, await done],
        [true, ["m", "response.created", undefined, "response.completed"], { ok: true }],
      );
    });

    test("A stage edits, drops and adds events, and the stage before it sees what it made of them", async (t) => {
      const seen: unknown[] = [];
      const outer: Stage = {
        name: "outer",
        needs: () => "events",
        async *frames(_turn, source) {
          for await (const frame of source) {
            seen.push(frame.type);
            yield frame;
          }
        },
      };
      const inner: Stage = {
        name: "inner",
        needs: () => "events",
        async *frames(turn, source) {
          for await (const frame of source) {
            if (frame.type === "response.output_text.delta") continue;
            if (frame.type === "response.completed") yield makeFrame(turn.head.wire, { type: "my.event", n: 1 });
            yield frame.type === "response.created"
              ? makeFrame(turn.head.wire, { type: "response.created", response: { id: "mine" } })
              : frame;
          }
        },
      };
      const { mock, client } = await setUp(t, wire, [outer, inner]);
      play(mock, [ev.created("r1"), { type: "response.output_text.delta", delta: "x" }, ev.completed("r1")]);
      client.ask(BODY);
      const { events } = await client.answer();
      assert.deepEqual(events.slice(0, 2), [
        { type: "response.created", response: { id: "mine" } },
        { type: "my.event", n: 1 },
      ]);
      assert.deepEqual(
        [types(events), seen],
        [
          ["response.created", "my.event", "response.completed"],
          ["response.created", "my.event", "response.completed"],
        ],
      );
    });

    test("A turn answered here never goes up, and the next one passes", async (t) => {
      const { stage, outcomes } = witness({
        needs: () => "request",
        request: (turn) =>
          `${JSON.stringify(turn.request.json())}`.includes("/help") ? say(turn.head.wire, "Hilfe ✓") : undefined,
      });
      const { mock, proxy, client } = await setUp(t, wire, [stage]);
      client.ask(BODY.replace("a b", "/help"));
      const local = await client.answer();
      play(mock, plain("r1"));
      client.ask(BODY);
      const next = await client.answer();
      const item = part(
        local.events.find(({ type }) => type === "response.output_item.done"),
        "item",
      );
      assert.match(`${item.id}`, /^msg_[a-z0-9]{24}$/);
      assert.deepEqual(item.content, [{ type: "output_text", text: "Hilfe ✓" }]);
      const { id } = part(local.events.at(-1), "response");
      assert.equal(id === "", wire === "ws");
      await proxy.logged(({ local: here }) => here === true);
      assert.deepEqual(
        [types(next.events), mock.record.turns.length, mock.record.violations, outcomes[0]],
        [["response.created", "response.completed"], 1, [], { ok: true }],
      );
    });

    for (const moment of ["needs", "request", "frames", "frames later", "done"] as const) {
      test(`A stage that throws in ${moment} is left out, and the turn goes on with the others`, async (t) => {
        const boom = (): never => {
          throw new Error("boom");
        };
        const bad: Stage = {
          name: "bad",
          needs: () => (moment === "needs" ? boom() : "events"),
          ...(moment === "request" ? { request: boom } : {}),
          ...(moment === "frames" ? { frames: boom } : {}),
          ...(moment === "done" ? { done: boom } : {}),
          ...(moment === "frames later"
            ? {
                async *frames(_turn, source) {
                  for await (const frame of source) {
                    if (frame.type === "response.output_text.delta") boom();
                    yield frame;
                  }
                },
              }
            : {}),
        };
        const good = witness({ needs: () => "events", frames: (_turn, source) => source }, "good");
        const { mock, proxy, client } = await setUp(t, wire, [bad, good.stage]);
        play(mock, [ev.created("r1"), { type: "response.output_text.delta", delta: "x" }, ev.completed("r1")]);
        client.ask(BODY);
        const { events } = await client.answer();
        const told = await proxy.logged(({ stage }) => stage === "bad");
        assert.deepEqual(
          [types(events), await good.done, (told.err as { message: string }).message],
          [["response.created", "response.output_text.delta", "response.completed"], { ok: true }, "boom"],
        );
      });
    }

    test("A stage that ends the stream early has the rest stopped upstream and dropped; the next turn is clean", async (t) => {
      const gate = Promise.withResolvers<void>();
      const short = witness({
        needs: () => "events",
        async *frames(_turn, source) {
          for await (const frame of source) {
            yield frame;
            if (frame.type === "response.output_text.delta") return;
          }
        },
      });
      const { mock, client } = await setUp(t, wire, [short.stage]);
      play(
        mock,
        [
          ev.created("r1"),
          { type: "response.output_text.delta", delta: "x" },
          steps.wait(gate.promise),
          ev.completed("r1"),
        ],
        plain("r2"),
      );
      client.ask(BODY);
      const first = await client.answer();
      if (wire === "ws") {
        await mock.record.until(() => mock.record.messages.length > 0 || mock.record.turns[0]?.end !== undefined);
        assert.deepEqual(
          mock.record.messages.map(({ bytes }) => JSON.parse(`${bytes}`) as unknown),
          mock.record.turns[0]?.end === "interrupted"
            ? []
            : [{ type: "response.interrupt", response_id: "r1", mode: "discard_partial_items" }],
        );
      }
      gate.resolve();
      client.ask(BODY);
      const second = await client.answer();
      const end = wire === "ws" ? ["response.completed"] : [];
      assert.deepEqual(
        [types(first.events), second.events, await short.done],
        [["response.created", "response.output_text.delta", ...end], plain("r2"), { ok: true }],
      );
    });

    test("A stage makes two trips upstream in one turn", async (t) => {
      const stage: Stage = {
        name: "twice",
        needs: () => "events",
        async *frames(turn, source) {
          for await (const frame of source) if (frame.type !== "response.completed") yield frame;
          const body = Buffer.from(turn.request.bytes());
          const again = new RequestBody(body);
          again.edit((draft) => draft.set("prompt_cache_key", "second"));
          yield* (await turn.leg(again)).frames;
        },
      };
      const { mock, client } = await setUp(t, wire, [stage]);
      play(mock, plain("r1"), plain("r2"));
      client.ask(BODY);
      const { events } = await client.answer();
      assert.deepEqual(
        [types(events), mock.record.turns.map(({ json }) => json.prompt_cache_key)],
        [
          ["response.created", "response.created", "response.completed"],
          [undefined, "second"],
        ],
      );
    });

    test("While a stage makes the client wait it is told that we live; while upstream does, it is not", async (t) => {
      const gate = Promise.withResolvers<void>();
      const stage: Stage = {
        name: "slow",
        needs: () => "events",
        async *frames(_turn, source) {
          for await (const frame of source) {
            if (frame.type === "response.completed") await gate.promise;
            yield frame;
            // Behind the end nothing may be said, however long we take.
            if (frame.type === "response.completed") await later(60);
          }
        },
      };
      const { mock, client } = await setUp(t, wire, [stage], { keepaliveMs: 10 });
      play(mock, [
        ev.created("r1"),
        steps.wait(later(60)),
        { type: "the.wait.of.upstream.is.over" },
        ev.completed("r1"),
      ]);
      client.ask(BODY);
      setTimeout(() => gate.resolve(), 150);
      const { events } = await client.answer();
      const told = types(events);
      const alive = told.filter((type) => type === "codex.keepalive");
      assert.ok(alive.length > 0, "nothing was said during our own wait");
      assert.deepEqual(told, ["response.created", "the.wait.of.upstream.is.over", ...alive, "response.completed"]);
    });

    test("Where a stage changed the model every answer still names the one that was asked for", async (t) => {
      const stage: Stage = {
        name: "model",
        needs: () => "request",
        request: (turn) => edit(turn, (draft) => draft.set("model", "other")),
      };
      const { mock, client } = await setUp(t, wire, [stage]);
      const response = { id: "r1", model: "other", headers: { "OpenAI-Model": "other", x: "1" } };
      play(mock, {
        headers: { "content-type": "text/event-stream", "OpenAI-Model": "other" },
        steps: [
          { type: "response.created", response },
          { type: "response.metadata", headers: { "openai-model": "other" } },
          { type: "response.completed", response },
        ],
      });
      client.ask(BODY);
      const { events, headers } = await client.answer();
      const asked = { id: "r1", model: "m", headers: { "OpenAI-Model": "m", x: "1" } };
      assert.deepEqual(
        [mock.record.turns[0]?.json.model, events, field(headers, "openai-model")],
        [
          "other",
          [
            { type: "response.created", response: asked },
            { type: "response.metadata", headers: { "openai-model": "m" } },
            { type: "response.completed", response: asked },
          ],
          wire === "sse" ? "m" : undefined,
        ],
      );
    });

    test("A request that is no JSON is refused, once a stage had to read it; a stage before is told", async (t) => {
      const before = witness({ needs: () => "request" });
      const reader: Stage = { name: "reader", needs: () => "request", request: (turn) => edit(turn, () => undefined) };
      const { mock, client } = await setUp(t, wire, [before.stage, reader]);
      client.ask('{"model": secret}');
      const { status, events } = await client.answer();
      const outcome = await before.done;
      const error = wire === "sse" ? events[0]?.error : part(events[0], "response").error;
      const { code, message } = error as { code: string; message: string };
      assert.deepEqual(
        [status, code, mock.record.turns.length, before.outcomes.length, outcome.ok, outcome.ok || outcome.error.code],
        [wire === "sse" ? 400 : 200, "invalid_prompt", 0, 1, false, "CP_REQUEST_INVALID"],
      );
      assert.match(message, /^codex-plus: the request body is not JSON/);
      assert.doesNotMatch(message, /secret/);
    });

    for (const needs of ["request", "events"] as const) {
      test(`done() is called once with how it ended: upstream cut (${needs})`, async (t) => {
        const { stage, done, outcomes } = witness({ needs: () => needs });
        const { mock, client } = await setUp(t, wire, [stage]);
        play(mock, [ev.created("r1"), steps.cut()]);
        client.ask(BODY);
        const { events } = await client.answer();
        const outcome = await done;
        assert.deepEqual(
          [types(events), outcome.ok || outcome.error.code, outcomes.length],
          [["response.created", "response.failed"], "CP_UPSTREAM_CUT", 1],
        );
      });

      test(`done() is called once with how it ended: the client has gone (${needs})`, async (t) => {
        const { stage, done, outcomes } = witness({ needs: () => needs });
        const { mock, proxy, client } = await setUp(t, wire, [stage]);
        play(mock, [ev.created("r1"), steps.silence()]);
        client.ask(BODY);
        await client.begun();
        client.leave();
        const outcome = await done;
        await mock.record.until(() => mock.record.turns[0]?.end === "left");
        const { close, code } = await proxy.logged(({ kind }) => kind !== undefined);
        assert.deepEqual(
          [outcome.ok || outcome.error.message, outcomes.length, close, code],
          ["the client left before the end of the turn", 1, "client gone", undefined],
        );
      });

      test(`done() is called once with how it ended: well (${needs})`, async (t) => {
        const { stage, done, outcomes } = witness({ needs: () => needs });
        const { mock, proxy, client } = await setUp(t, wire, [stage]);
        play(mock, plain("r1"));
        client.ask(BODY);
        await client.answer();
        const { close } = await proxy.logged(({ kind }) => kind !== undefined);
        assert.deepEqual([await done, outcomes.length, close], [{ ok: true }, 1, "done"]);
      });
    }

    test("done() is called once when the client leaves while a stage works on its request", async (t) => {
      const gate = Promise.withResolvers<void>();
      const { stage, done, outcomes } = witness({
        needs: () => "request",
        request: async (turn) => {
          turn.signal.addEventListener("abort", () => gate.resolve());
          client.leave();
          await gate.promise;
          return undefined;
        },
      });
      const { mock, client } = await setUp(t, wire, [stage]);
      client.ask(BODY);
      const outcome = await done;
      assert.deepEqual(
        [outcome.ok || outcome.error.code, outcomes.length, mock.record.turns.length],
        ["CP_UPSTREAM_CUT", 1, 0],
      );
    });
  });
}

suite("Turns over one wire only", { timeout: 30_000 }, () => {
  const model: Stage = {
    name: "model",
    needs: () => "request",
    request: (turn) => edit(turn, (draft) => draft.set("prompt_cache_key", "k")),
  };

  test("A zstd body is decoded for the stage, and what it made goes up in zstd", async (t) => {
    const { mock, client } = await setUp(t, "sse", [model]);
    play(mock, plain("r1"));
    client.ask(zstdCompressSync(BODY), "content-encoding: zstd\r\n");
    await client.answer();
    const request = mock.record.requests.at(-1);
    assert.deepEqual(
      [`${zstdDecompressSync(request?.body ?? "")}`, field([...(request?.rawHeaders ?? [])], "content-encoding")],
      [`${BODY.slice(0, -1)},"prompt_cache_key":"k"}`, "zstd"],
    );
  });

  for (const [what, body, fields, status, code] of [
    ["longer than the limit", "x".repeat(5000), "", 413, "request_too_large"],
    [
      "that decodes to more than the limit",
      zstdCompressSync("x".repeat(5000)),
      "content-encoding: zstd\r\n",
      413,
      "request_too_large",
    ],
    ["in an unknown encoding", "x", "content-encoding: rot13\r\n", 415, "unsupported_encoding"],
    ["that is not in its encoding", "x", "content-encoding: gzip\r\n", 400, "invalid_prompt"],
  ] as const) {
    test(`A body ${what} is refused with ${status}, and the connection goes on`, async (t) => {
      const { mock, client } = await setUp(t, "sse", [model], { requestBytes: 4096 });
      client.ask(body, fields);
      const { status: told, events } = await client.answer();
      play(mock, plain("r1"));
      client.ask(BODY);
      assert.deepEqual(
        [told, part(events[0], "error").code, mock.record.turns.length, types((await client.answer()).events)],
        [status, code, 0, ["response.created", "response.completed"]],
      );
    });
  }

  test("An error of upstream comes down with its status and body, though a stage wanted events", async (t) => {
    const { mock, client } = await setUp(t, "sse", [
      { name: "looker", needs: () => "events", frames: (_turn, source) => source },
    ]);
    play(mock, {
      status: 429,
      headers: { "content-type": "application/json", "retry-after": "7" },
      body: { error: { code: "x" } },
    });
    client.ask(BODY);
    const { status, headers, events } = await client.answer();
    assert.deepEqual([status, field(headers, "retry-after"), events], [429, "7", [{ error: { code: "x" } }]]);
  });

  for (const moment of ["request", "frames"] as const) {
    test(`An interrupt while a stage works (${moment}) is answered here, and the next turn is clean`, async (t) => {
      const working = Promise.withResolvers<void>();
      let first = true;
      const work = async (signal: AbortSignal): Promise<void> => {
        if (!first) return;
        first = false;
        working.resolve();
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      };
      const { stage, outcomes } = witness({
        needs: () => "events",
        request: async (turn) => {
          if (moment === "request") await work(turn.signal);
          return undefined;
        },
        async *frames(turn, source) {
          for await (const frame of source) {
            if (moment === "frames" && frame.type === "response.completed") await work(turn.signal);
            yield frame;
          }
        },
      });
      const { mock, proxy } = await setUp(t, "sse", [stage]);
      const client = await dial(t, proxy.port, { headers: CODEX });
      play(mock, plain("r1"), plain("r2"));
      client.send(`{"type":"response.create",${BODY.slice(1)}`);
      await working.promise;
      client.send({ type: "response.interrupt", response_id: "r1", mode: "discard_partial_items" });
      const events = await client.response();
      assert.deepEqual(events.at(-1), {
        type: "response.incomplete",
        response: { id: "", status: "incomplete", incomplete_details: { reason: "interrupted" } },
      });
      client.send(`{"type":"response.create",${BODY.slice(1)}`);
      assert.deepEqual(types(await client.response()), ["response.created", "response.completed"]);
      await proxy.logged(({ kind }) => kind !== undefined);
      assert.deepEqual(outcomes[0], { ok: true });
    });
  }

  test("A second request that comes while a stage works waits for the first to end", async (t) => {
    const gate = Promise.withResolvers<void>();
    const { mock, proxy } = await setUp(t, "sse", [
      { name: "slow", needs: () => "request", request: async () => gate.promise.then(() => undefined) },
    ]);
    const client = await dial(t, proxy.port, { headers: CODEX });
    play(mock, plain("r1"), plain("r2"));
    client.send(`{"type":"response.create",${BODY.slice(1)}`);
    client.send(`{"type":"response.create",${BODY.slice(1)}`);
    gate.resolve();
    assert.deepEqual([await client.response(), await client.response()], [plain("r1"), plain("r2")]);
  });
});
