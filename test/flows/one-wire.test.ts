/** Turns in what only one of the wires has: encodings, refusals and statuses, interrupts. */
import assert from "node:assert/strict";
import test, { suite } from "node:test";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Stage } from "../../src/turn.ts";
import { field } from "./message.ts";
import { CODEX } from "./speaker.ts";
import { dial } from "./talk.ts";
import { BODY, edit, part, plain, play, setUp, types, witness } from "./turn.ts";

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
