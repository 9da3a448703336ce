/** What only one wire has of what a recorder is shown: framing, codings and uploads; warmups, interrupts and rows of turns. */
import assert from "node:assert/strict";
import test, { suite, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import type { Stage } from "../../src/turn.ts";
import { bare, down, frame, up } from "./bare.ts";
import { ANSWER_SSE, chunked, SSE_HEAD } from "./events.ts";
import { type Running, startProxy } from "./harness.ts";
import { connect, type Ear, ear, type Line } from "./line.ts";
import { readHead, readMessage } from "./message.ts";
import { passing, type Shown, type Watcher, watcher } from "./watcher.ts";

const BODY = '{"input":[]}';
const ASK = `POST /responses HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;
const CUT = { close: "upstream cut", local: false, code: "CP_UPSTREAM_CUT" };
const DONE = { close: "done", local: false, code: undefined };
const GONE = { close: "client gone", local: false, code: undefined };

interface Http extends Watcher {
  readonly proxy: Running;
  readonly client: Line;
  readonly far: Ear;
}

async function http(t: TestContext, stages: readonly Stage[] = [], limits = {}): Promise<Http> {
  const seen = watcher();
  const far = await ear(t);
  const proxy = await startProxy(t, { upstream: far.url, stages: [seen.stage, ...stages], settings: { limits } });
  return { ...seen, proxy, far, client: await connect(t, proxy.port) };
}

/** What there is to say of a turn, in short. */
function gist({ moments, asked, head, answer, ends }: Shown): unknown {
  return { moments, asked, status: head?.status, type: head?.type, answer: answer.toString("latin1"), ends };
}

const RELAYED = ["asked", "arrived", "answered", "bytes", "end"];

suite("What is shown of HTTP", { timeout: 20_000 }, () => {
  const body = '{"id":"r1","output":[]}';
  const json = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
  const bodies: [string, string, Buffer][] = [
    ["of known length", `${json}content-length: ${body.length}\r\n\r\n`, Buffer.from(body)],
    [
      "in chunks",
      `${json}transfer-encoding: chunked\r\n\r\n`,
      chunked([Buffer.from(body.slice(0, 7)), Buffer.from(body.slice(7))]),
    ],
  ];
  for (const [how, head, bytes] of bodies) {
    for (const needs of ["nothing", "request", "events"] as const) {
      test(`is an answer that is no stream, ${how}, without its framing (${needs} needed)`, async (t) => {
        const { client, far, over } = await http(t, [passing(needs)]);
        client.send(ASK);
        const line = await far.line();
        await line.through(BODY);
        line.send(head);
        // In many pieces, so that chunk sizes are cut too.
        for (const byte of bytes) line.send(Buffer.from([byte]));
        const told = await readMessage(client);
        assert.deepEqual(
          [`${told.body}`, gist(await over())],
          [body, { moments: RELAYED, asked: BODY, status: 200, type: "application/json", answer: body, ends: [DONE] }],
        );
      });
    }
  }

  test("is a stream as it came where it is compressed: the head tells of it", async (t) => {
    const { client, far, over } = await http(t);
    client.send(ASK);
    const line = await far.line();
    await line.through(BODY);
    const zipped = gzipSync(Buffer.concat(ANSWER_SSE));
    line.send(`${SSE_HEAD}content-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n`).send(chunked([zipped]));
    const told = await readMessage(client);
    assert.deepEqual([told.body, (await over()).answer], [zipped, zipped]);
  });

  test("is a request in the coding it came in, in all its pieces", async (t) => {
    const { client, far, over } = await http(t, [passing("request")]);
    const zipped = gzipSync(BODY);
    const fields = `content-encoding: gzip\r\ncontent-length: ${zipped.length}\r\n`;
    client.send(`POST /responses HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n`);
    for (const byte of zipped) client.send(Buffer.from([byte]));
    const line = await far.line();
    await readHead(line);
    await line.bytes(zipped.length);
    line.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    await readMessage(client);
    assert.equal((await over()).asked, zipped.toString("latin1"));
  });

  for (const missing of [0, 1, 2, 3, 50]) {
    test(`is every byte of a stream that was cut ${missing} bytes before the end of a chunk`, async (t) => {
      const { client, far, over } = await http(t);
      client.send(ASK);
      const line = await far.line();
      await line.through(BODY);
      const first = ANSWER_SSE[0] as Buffer;
      const framed = chunked([first]).subarray(0, -5);
      line.send(`${SSE_HEAD}transfer-encoding: chunked\r\n\r\n`);
      line.send(framed.subarray(0, framed.length - missing)).end();
      const told = await readMessage(client);
      const shown = await over();
      assert.deepEqual([shown.answer.toString(), shown.ends], [`${told.body}`, [CUT]]);
    });
  }

  test("is our own refusal where upstream cannot be reached", async (t) => {
    const seen = watcher();
    const proxy = await startProxy(t, { upstream: "http://127.0.0.1:1", stages: [seen.stage] });
    const client = (await connect(t, proxy.port)).send(ASK);
    const told = await readMessage(client);
    const { answer, head, ends } = await seen.over();
    assert.deepEqual(
      [`${answer}`, head?.status, ends],
      [`${told.body}`, 502, [{ close: "failed", local: false, code: "CP_UPSTREAM_UNREACHABLE" }]],
    );
  });

  test("is our own refusal of a request that is too large, and nothing of what still comes", async (t) => {
    const { client, over } = await http(t, [passing("request")], { requestBytes: 1024 });
    client.send("POST /responses HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000\r\n\r\n{");
    const told = await readMessage(client);
    client.send("x".repeat(1999));
    const shown = await over();
    assert.deepEqual(
      [shown.moments, `${shown.answer}`, shown.ends],
      [["answered", "bytes", "end"], `${told.body}`, [{ close: "failed", local: false, code: "CP_REQUEST_TOO_LARGE" }]],
    );
  });

  test("is a request that never came whole as just that", async (t) => {
    const { client, far, over } = await http(t);
    client.send(ASK.slice(0, -1));
    await (await far.line()).through(BODY.slice(0, -1));
    client.reset();
    assert.deepEqual(gist(await over()), {
      moments: ["asked", "end"],
      asked: BODY.slice(0, -1),
      status: undefined,
      type: undefined,
      answer: "",
      ends: [GONE],
    });
  });

  test("is a request without a body", async (t) => {
    const { client, far, over } = await http(t);
    client.send("POST /responses HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const line = await far.line();
    await readHead(line);
    line.send("HTTP/1.1 204 No Content\r\n\r\n");
    await readMessage(client);
    assert.deepEqual((await over()).moments, ["arrived", "answered", "end"]);
  });

  for (const path of ["GET /responses", "POST /models", "POST /responses/compact"]) {
    test(`is only what asks for a response: not ${path}`, async (t) => {
      const { client, far, shown, proxy } = await http(t);
      client.send(`${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      const line = await far.line();
      await readHead(line);
      line.send("HTTP/1.1 204 No Content\r\n\r\n");
      await readMessage(client);
      await proxy.logged(({ msg }) => msg === "request");
      assert.deepEqual(shown, []);
    });
  }
});

suite("What is shown of a WebSocket", { timeout: 20_000 }, () => {
  const CREATED = { type: "response.created", response: { id: "r1" } };
  const COMPLETED = { type: "response.completed", response: { id: "r1" } };

  for (const needs of ["nothing", "request", "events"] as const) {
    test(`is a turn for each request, a warmup too, and nothing that stands between (${needs} needed)`, async (t) => {
      const { stage, shown, over } = watcher();
      const { client, upstream } = await bare(t, { stages: [stage, passing(needs)] });
      const asked = [
        { type: "response.create", generate: false },
        { type: "response.create", input: [] },
      ];
      for (const [i, request] of asked.entries()) {
        client.send(up(request));
        await frame(upstream);
        for (const event of [CREATED, COMPLETED]) {
          upstream.send(down(event));
          await frame(client);
        }
        await over(i);
        client.send(up({ type: "other" }));
        await frame(upstream);
        upstream.send(down({ type: "between" }));
        await frame(client);
      }
      const got = [CREATED, COMPLETED].map((event) => JSON.stringify(event));
      assert.deepEqual(
        shown.map((each) => [each.moments, each.asked, each.messages.map((bytes) => `${bytes}`), each.ends]),
        asked.map((request) => [["asked", "arrived", "frame", "end"], JSON.stringify(request), got, [DONE]]),
      );
    });
  }

  test("is the answer to an interrupt that came before anything went up", async (t) => {
    const { stage, over } = watcher();
    const slow: Stage = {
      name: "slow",
      needs: () => "request",
      request: (turn) => new Promise((resolve) => turn.signal.addEventListener("abort", () => resolve(undefined))),
    };
    const { client } = await bare(t, { stages: [stage, slow] });
    client.send(up({ type: "response.create", input: [] })).send(up({ type: "response.interrupt" }));
    const { text } = await frame(client);
    const { messages, ends } = await over();
    assert.deepEqual([messages.map((each) => `${each}`), ends], [[text], [DONE]]);
  });

  test("is a request that follows before the answer to the last has ended, as a turn of its own", async (t) => {
    const { stage, over, shown } = watcher();
    const { client, upstream } = await bare(t, { stages: [stage] });
    client.send(up({ type: "response.create", n: 1 })).send(up({ type: "response.create", n: 2 }));
    await frame(upstream);
    assert.equal(shown.length, 1);
    upstream.send(down(COMPLETED));
    await frame(upstream);
    upstream.send(down(COMPLETED));
    await over(1);
    assert.deepEqual(
      shown.map(({ asked, messages, ends }) => [asked, messages.length, ends]),
      [
        ['{"type":"response.create","n":1}', 1, [DONE]],
        ['{"type":"response.create","n":2}', 1, [DONE]],
      ],
    );
  });
});
