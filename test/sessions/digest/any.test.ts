/** The laws of the digest: no cutting of the bytes changes what is recorded, and nothing that comes breaks it. */
import assert from "node:assert/strict";
import test, { suite } from "node:test";
import zlib from "node:zlib";
import fc from "fast-check";
import { type Json, legOf } from "./notes.ts";
import { added, body, call, completed, created, delta, done, plain, prompt, reply } from "./words.ts";

suite("A leg", () => {
  test("is the same however the bytes of its answer arrive", () => {
    const events = fc.array(
      fc.constantFrom<Json>(
        created,
        added({ ...reply, content: [] }),
        delta("é"),
        delta("plain", "reasoning_text", 1),
        done(reply),
        done(call, 1),
        completed(),
        { type: "response.unknown", x: "\n\n" },
        { type: "response.completed" },
        {},
      ),
      { maxLength: 12 },
    );
    const close = fc.constantFrom("done", "client gone", "upstream cut", "failed");
    const coded = fc.constantFrom(undefined, "gzip", "zstd");
    fc.assert(
      fc.property(events, fc.array(fc.nat()), close, coded, (answer, places, ending, coding) => {
        const stream = Buffer.from(answer.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`).join(""));
        const bytes =
          coding === "gzip" ? zlib.gzipSync(stream) : coding === "zstd" ? zlib.zstdCompressSync(stream) : stream;
        const answerHeaders = ["content-type", "text/event-stream", ...(coding ? ["content-encoding", coding] : [])];
        const exchange = { request: body([prompt]), end: { close: ending } };
        const cut = (all: Buffer): Buffer[] => {
          const cuts = [0, ...places.map((place) => place % (all.length + 1)).sort((a, b) => a - b), all.length];
          return cuts.slice(1).map((end, index) => all.subarray(cuts[index], end));
        };
        const leg = legOf({ ...exchange, answerHeaders, answer: bytes }, cut);
        assert.deepEqual(leg, legOf({ ...exchange, answerHeaders, answer: bytes }));
        assert.deepEqual(
          { ...leg, wire: "ws", status: 200 },
          { ...legOf({ ...exchange, wire: "ws", answer }), status: 200 },
        );
      }),
    );
  });

  test("comes of anything, be it broken", () => {
    const json = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<unknown>(prompt, call, "x", null, { type: "message", content: [null] }),
    );
    const requests = fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.array(json).map((input) => Buffer.from(JSON.stringify(plain(input)))),
      json.map((value) =>
        Buffer.from(JSON.stringify({ input: value, client_metadata: value, reasoning: value, stream: value })),
      ),
      fc
        .constantFrom('{"input":[{"type":tru}]}', '{"input":[', '{"input":[{},', `{"input":${"[".repeat(20_000)}`)
        .map((text) => Buffer.from(text)),
    );
    const types = fc.constantFrom(
      "completed",
      "failed",
      "incomplete",
      "created",
      "output_item.done",
      "output_item.added",
      "x.delta",
    );
    const event = fc.record({
      type: types.map((type) => `response.${type}`),
      response: json,
      item: json,
      delta: json,
      output_index: json,
    });
    const answers = fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.array(
        fc.oneof(
          event,
          fc.record({
            type: fc.constantFrom("error", "codex.rate_limits"),
            error: json,
            headers: json,
            rate_limits: json,
          }),
        ),
      ),
    );
    const coding = fc.constantFrom(
      [],
      ["content-encoding", "gzip"],
      ["content-type", "application/json"],
      ["content-type", "?"],
    );
    const wire = fc.constantFrom("sse", "ws");
    fc.assert(
      fc.property(
        wire,
        requests,
        answers,
        coding,
        fc.constantFrom(200, 400, 503),
        (on, request, answer, answerHeaders, status) => {
          const leg = legOf({ wire: on as "sse", request, answer: answer as Json[], answerHeaders, status });
          assert.equal(leg.key, "run/r1");
        },
      ),
    );
  });
});
