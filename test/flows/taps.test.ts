/** What a recorder is shown: what the client sent and what the client got, on every path, and its end once. */
import assert from "node:assert/strict";
import test, { suite } from "node:test";
import { say } from "../../src/protocol/say.ts";
import { ev } from "../../src/testing/events.ts";
import { failure, steps } from "../../src/testing/index.ts";
import type { Stage, Tap } from "../../src/turn.ts";
import { WIRES } from "./speaker.ts";
import { BODY, edit, plain, play, setUp, types } from "./turn.ts";
import { eventsShown, passing, watcher } from "./watcher.ts";

const NEEDS = ["nothing", "request", "events"] as const;
const DONE = { close: "done", local: false, code: undefined };
const STREAM = { status: 200, type: "text/event-stream; charset=utf-8" };

for (const wire of WIRES) {
  const asked = wire === "ws" ? BODY.replace("{", '{"type":"response.create",') : BODY;
  /** How an answer that nobody cuts into events is shown. */
  const relayed = wire === "ws" ? ["frame"] : ["answered", "bytes"];
  const framed = wire === "ws" ? ["frame"] : ["answered", "frame"];
  const stream = wire === "ws" ? undefined : STREAM;

  suite(`What is shown of a turn over ${wire}`, { timeout: 30_000 }, () => {
    for (const needs of NEEDS) {
      const answered = needs === "events" ? framed : relayed;

      test(`is all that passed (${needs} needed)`, async (t) => {
        const { stage, over } = watcher();
        const { mock, client } = await setUp(t, wire, [stage, passing(needs)]);
        play(mock, [ev.created("r1"), { type: "response.output_text.delta", delta: "ü" }, ev.completed("r1")]);
        client.ask(BODY);
        const { events } = await client.answer();
        const shown = await over();
        assert.deepEqual(
          { ...shown, events: eventsShown(shown), answer: undefined, messages: undefined },
          {
            wire,
            moments: ["asked", "arrived", ...answered, "end"],
            asked,
            ...(stream && { head: stream }),
            events,
            answer: undefined,
            messages: undefined,
            ends: [DONE],
          },
        );
      });

      test(`is the failure too when upstream is cut (${needs} needed)`, async (t) => {
        const { stage, over } = watcher();
        const { mock, client } = await setUp(t, wire, [stage, passing(needs)]);
        play(mock, [ev.created("r1"), steps.cut()]);
        client.ask(BODY);
        const { events } = await client.answer();
        const shown = await over();
        assert.deepEqual(
          [types(events), eventsShown(shown), shown.ends],
          [
            ["response.created", "response.failed"],
            events,
            [{ close: "upstream cut", local: false, code: "CP_UPSTREAM_CUT" }],
          ],
        );
      });

      test(`ends when the client goes (${needs} needed)`, async (t) => {
        const { stage, over } = watcher();
        const { mock, client, proxy } = await setUp(t, wire, [stage, passing(needs)]);
        play(mock, [ev.created("r1"), steps.silence()]);
        client.ask(BODY);
        await client.begun();
        client.leave();
        const shown = await over();
        const { close } = await proxy.logged(({ kind }) => kind !== undefined);
        assert.deepEqual(
          [types(eventsShown(shown)), shown.ends, close],
          [["response.created"], [{ close: "client gone", local: false, code: undefined }], "client gone"],
        );
      });

      test(`is a refusal of upstream's (${needs} needed)`, async (t) => {
        const { stage, over } = watcher();
        const { mock, client } = await setUp(t, wire, [stage, passing(needs)]);
        play(mock, failure(429, { type: "usage_limit_reached", message: "enough" }));
        client.ask(BODY);
        const { events } = await client.answer();
        const shown = await over();
        assert.deepEqual(
          [shown.moments, shown.head?.status, eventsShown(shown), shown.ends],
          [["asked", "arrived", ...relayed, "end"], wire === "ws" ? undefined : 429, events, [DONE]],
        );
      });

      test(`ends when the proxy stops (${needs} needed)`, async (t) => {
        const { stage, over } = watcher();
        const { mock, client, proxy } = await setUp(t, wire, [stage, passing(needs)], { stopMs: 20 });
        play(mock, [ev.created("r1"), steps.silence()]);
        client.ask(BODY);
        await client.begun();
        await proxy.stop();
        const { ends } = await over();
        const { close } = await proxy.logged(({ kind }) => kind !== undefined);
        assert.deepEqual(ends, [{ close, local: false, code: undefined }]);
      });
    }

    for (const needs of ["request", "events"] as const) {
      test(`is what went up beside what was asked (${needs} needed)`, async (t) => {
        const { stage, over } = watcher();
        const editor: Stage = {
          ...passing(needs),
          request: (turn) => edit(turn, (draft) => draft.set("prompt_cache_key", "k")),
        };
        const { mock, client } = await setUp(t, wire, [stage, editor]);
        play(mock, plain("r1"));
        client.ask(BODY);
        await client.answer();
        const shown = await over();
        assert.deepEqual(
          [shown.moments, shown.asked, shown.sent],
          [
            ["asked", "arrived", "sent", ...(needs === "events" ? framed : relayed), "end"],
            asked,
            `${mock.record.turns[0]?.received.toString("latin1")}`,
          ],
        );
      });
    }

    test("is what the stages have made of the answer, with the model that was asked for", async (t) => {
      const { stage, over } = watcher();
      const other: Stage = {
        name: "other",
        needs: () => "events",
        request: (turn) => edit(turn, (draft) => draft.set("model", "other")),
        async *frames(_turn, source) {
          for await (const each of source) if (each.type !== "response.output_text.delta") yield each;
        },
      };
      const { mock, client } = await setUp(t, wire, [stage, other]);
      play(mock, [
        { type: "response.created", response: { id: "r1", model: "other" } },
        { type: "response.output_text.delta", delta: "x" },
        ev.completed("r1"),
      ]);
      client.ask(BODY);
      const { events } = await client.answer();
      const shown = eventsShown(await over());
      assert.deepEqual([shown, shown[0]], [events, { type: "response.created", response: { id: "r1", model: "m" } }]);
    });

    test("is an answer that was made here", async (t) => {
      const { stage, over } = watcher();
      const local: Stage = { name: "local", needs: () => "request", request: (turn) => say(turn.head.wire, "here") };
      const { client } = await setUp(t, wire, [stage, local]);
      client.ask(BODY);
      const { events } = await client.answer();
      const shown = await over();
      assert.deepEqual(
        [shown.moments, eventsShown(shown), shown.ends],
        [["asked", "arrived", ...framed, "end"], events, [{ close: "done", local: true, code: undefined }]],
      );
    });

    test("is our own refusal of what no stage can read", async (t) => {
      const { stage, over } = watcher();
      const reader: Stage = {
        name: "reader",
        needs: () => "request",
        request: (turn) => void turn.request.json() as undefined,
      };
      const { client } = await setUp(t, wire, [stage, reader]);
      client.ask('{"model":"m","input":[}');
      const { events } = await client.answer();
      const shown = await over();
      assert.deepEqual(
        [shown.moments, eventsShown(shown), shown.head?.status, shown.ends],
        [
          ["asked", "arrived", ...relayed, "end"],
          events,
          wire === "ws" ? undefined : 400,
          [{ close: "failed", local: false, code: "CP_REQUEST_INVALID" }],
        ],
      );
    });

    const moments: (keyof Tap)[] = ["asked", "arrived", "sent", "answered", "bytes", "frame", "end"];
    for (const moment of moments) {
      test(`may be more than a tap can bear: one that throws in ${moment}() is cut loose, and nothing else happens`, async (t) => {
        const bad = watcher(moment);
        const good = watcher();
        const needs = moment === "frame" || moment === "sent" ? "events" : "request";
        const editor: Stage = {
          ...passing(needs),
          request: (turn) => (moment === "sent" ? edit(turn, (draft) => draft.set("n", 1)) : undefined),
        };
        const { mock, client, proxy } = await setUp(t, wire, [bad.stage, good.stage, editor]);
        play(mock, plain("r1"));
        client.ask(BODY);
        const { events } = await client.answer();
        const shown = await good.over();
        const reached = shown.moments.includes(moment);
        if (reached) await proxy.logged(({ stage }) => stage === "watcher");
        assert.deepEqual(
          [types(events), eventsShown(shown), bad.shown[0]?.moments.at(-1), bad.shown[0]?.ends.length],
          [
            ["response.created", "response.completed"],
            events,
            reached ? moment : "end",
            reached && moment !== "end" ? 0 : 1,
          ],
        );
      });
    }

    test("is nothing where the stage that would see it throws before it sees anything", async (t) => {
      const bad: Stage = {
        name: "bad",
        needs: () => "nothing",
        tap: () => {
          throw new Error("boom");
        },
      };
      const { mock, client, proxy } = await setUp(t, wire, [bad]);
      play(mock, plain("r1"));
      client.ask(BODY);
      const { events } = await client.answer();
      const told = await proxy.logged(({ stage }) => stage === "bad");
      assert.deepEqual(
        [types(events), (told.err as { message: string }).message],
        [["response.created", "response.completed"], "boom"],
      );
    });
  });
}
