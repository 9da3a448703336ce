/** Every ending of a turn is told to its stages once, as what it was. */
import assert from "node:assert/strict";
import test, { suite } from "node:test";
import { ev } from "../../src/testing/events.ts";
import { steps } from "../../src/testing/index.ts";
import { WIRES } from "./speaker.ts";
import { BODY, plain, play, setUp, types, witness } from "./turn.ts";

for (const wire of WIRES) {
  suite(`Outcomes over ${wire}`, { timeout: 30_000 }, () => {
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
