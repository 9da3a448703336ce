/** What only HTTP has of turns that stages see: encoded bodies and streams, clients that leave in between. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test, { suite } from "node:test";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { say } from "../../src/protocol/say.ts";
import type { Outcome, Stage } from "../../src/turn.ts";
import { startProxy } from "./harness.ts";
import { connect, ear } from "./line.ts";
import { field, readHead, readMessage } from "./message.ts";

const ASK = "POST /responses HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}";
const STREAM = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";
const event = (type: string): string => `data: {"type":"${type}"}\n\n`;

suite("A turn over HTTP", { timeout: 20_000 }, () => {
  test("whose stream upstream ends without a terminal event is not given one", async (t) => {
    const far = await ear(t);
    const looker: Stage = { name: "looker", needs: () => "events", frames: (_turn, source) => source };
    const proxy = await startProxy(t, { upstream: far.url, stages: [looker] });
    const client = (await connect(t, proxy.port)).send(ASK);
    const line = await far.line();
    await readHead(line);
    const body = `${event("some.event")}data: [DONE]\n\n`;
    line.send(`${STREAM}Content-Length: ${body.length}\r\n\r\n${body}`);
    assert.equal(`${(await readMessage(client)).body}`, body);
  });

  test("asks for its stream uncompressed; one that is compressed all the same passes as it is, a cut is a cut", async (t) => {
    for (const needs of ["nothing", "events"] as const) {
      const types: string[] = [];
      const stage: Stage = {
        name: "looker",
        needs: () => needs,
        async *frames(_turn, source) {
          for await (const frame of source) {
            types.push(frame.type);
            yield frame;
          }
        },
      };
      const far = await ear(t);
      const proxy = await startProxy(t, { upstream: far.url, stages: [stage] });
      const client = (await connect(t, proxy.port)).send(ASK);
      const line = await far.line();
      const { headers } = await readHead(line);
      const zipped = gzipSync(event("response.created"));
      line.send(
        `${STREAM}Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n${zipped.length.toString(16)}\r\n`,
      );
      line.send(zipped).send("\r\n");
      await readHead(client);
      const chunk = Buffer.concat([Buffer.from(`${zipped.length.toString(16)}\r\n`), zipped, Buffer.from("\r\n")]);
      const first = await client.bytes(chunk.length);
      line.end();
      assert.deepEqual(
        [field(headers, "accept-encoding"), first, `${await client.rest()}`, types],
        needs === "nothing" ? ["gzip", chunk, "", []] : [undefined, chunk, "", [""]],
      );
    }
  });

  test("gives up an answer of upstream's that nobody reads", async (t) => {
    const far = await ear(t);
    const stage: Stage = {
      name: "local",
      needs: () => "events",
      async request(turn) {
        await turn.leg(turn.request);
        return say(turn.head.wire, "here");
      },
    };
    const proxy = await startProxy(t, { upstream: far.url, stages: [stage] });
    const client = (await connect(t, proxy.port)).send(ASK);
    const line = await far.line();
    await readHead(line);
    line.send(`${STREAM}Transfer-Encoding: chunked\r\n\r\n1\r\n\n\r\n`);
    await readMessage(client);
    await line.gone;
  });

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
