/** Turns that stages see: the same stages, the same playbooks, on both wires. */
import assert from "node:assert/strict";
import test, { suite } from "node:test";
import { setTimeout as later } from "node:timers/promises";
import { makeFrame } from "../../src/protocol/frame.ts";
import { RequestBody } from "../../src/protocol/request.ts";
import { say } from "../../src/protocol/say.ts";
import { ev } from "../../src/testing/events.ts";
import { steps } from "../../src/testing/index.ts";
import type { Stage } from "../../src/turn.ts";
import { field } from "./message.ts";
import { WIRES } from "./speaker.ts";
import { BODY, edit, part, plain, play, setUp, types, witness } from "./turn.ts";

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
      assert.deepEqual(
        [types(first.events), first.events.at(-1), second.events, await short.done],
        [
          ["response.created", "response.output_text.delta", "response.completed"],
          { type: "response.completed", response: { id: "" } },
          plain("r2"),
          { ok: true },
        ],
      );
    });

    test("What a stage yields behind the end is not told", async (t) => {
      const stage: Stage = {
        name: "late",
        needs: () => "events",
        async *frames(turn, source) {
          for await (const frame of source) {
            yield frame;
            if (frame.type === "response.completed") yield makeFrame(turn.head.wire, { type: "late" });
          }
        },
      };
      const { mock, client } = await setUp(t, wire, [stage]);
      play(mock, plain("r1"), plain("r2"));
      client.ask(BODY);
      const first = await client.answer();
      client.ask(BODY);
      assert.deepEqual([first.events, (await client.answer()).events], [plain("r1"), plain("r2")]);
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
      const reader: Stage = {
        name: "reader",
        needs: () => "request",
        request: (turn) => edit(turn, (draft) => draft.set("model", "other")),
      };
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
  });
}
