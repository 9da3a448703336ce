/** What only HTTP has of turns that stages see: encoded bodies and streams, clients that leave in between. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test, { suite } from "node:test";
import { brotliCompressSync, constants } from "node:zlib";
import type { Outcome, Stage } from "../../src/turn.ts";
import { startProxy } from "./harness.ts";
import { connect, ear } from "./line.ts";

suite("A turn over HTTP", { timeout: 20_000 }, () => {
  test("ends when the client leaves while its edited body is being encoded, and nothing goes up", async (t) => {
    const far = await ear(t);
    const ended = Promise.withResolvers<Outcome>();
    const stage: Stage = {
      name: "editor",
      needs: () => "request",
      request(turn) {
        turn.request.edit((draft) => draft.set("added", 1));
        client.reset();
      },
      done: (_turn, outcome) => ended.resolve(outcome),
    };
    const proxy = await startProxy(t, { upstream: far.url, stages: [stage] });
    const client = await connect(t, proxy.port);
    // Slow to compress as the proxy does it, and quick as it is done here.
    const body = brotliCompressSync(JSON.stringify({ noise: randomBytes(150_000).toString("base64") }), {
      params: { [constants.BROTLI_PARAM_QUALITY]: 1 },
    });
    client.send(
      `POST /responses HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: br\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    client.send(body);
    const outcome = await ended.promise;
    assert.deepEqual(
      [outcome.ok || outcome.error.message, far.lines.length],
      ["the client left before the end of the turn", 0],
    );
  });
});
