/** An upstream that leaves in the middle: whatever it had said is told, and then that it has left. */
import assert from "node:assert/strict";
import test, { suite, type TestContext } from "node:test";
import type { Stage } from "../../src/turn.ts";
import { ANSWER, ANSWER_SSE, chunked, SSE_HEAD } from "./events.ts";
import { startProxy } from "./harness.ts";
import { connect, type Ear, ear, type Line } from "./line.ts";
import { eventsOf, readMessage } from "./message.ts";

const request = (at: number): string =>
  `POST /responses?at=${at} HTTP/1.1\r\nHost: localhost\r\ncontent-length: 2\r\n\r\n{}`;
const CHUNKED_HEAD = `${SSE_HEAD}transfer-encoding: chunked\r\n\r\n`;
const STREAM = Buffer.concat(ANSWER_SSE);
const CUT = /^codex-plus: 127\.0\.0\.1:\d+: ended the connection early\. The upstream ended .* \(request [a-z0-9-]+\)$/;

type Transport = "native" | "auto";

interface Failed {
  readonly type: string;
  readonly response: {
    readonly id: string;
    readonly status: string;
    readonly error: { code: string; message: string };
  };
}

/** An upstream that sends the bytes before the place that a request names, and then leaves. */
async function cutting(upstream: Ear, head: string, body: Buffer): Promise<never> {
  for (;;) {
    const line = await upstream.line();
    const [start = ""] = (await line.through("\r\n\r\n{}")).split("\r\n");
    const at = Number(/at=(\d+)/.exec(start)?.[1]);
    line.send(Buffer.concat([Buffer.from(head), body.subarray(0, at)])).end();
  }
}

/** The answer is upstream's bytes so far, then nothing but the failure; or the whole answer, and nothing behind it. */
function checkTold(body: Buffer, sent: Buffer, what: string): void {
  const told = eventsOf(body);
  const last = told.at(-1) as Failed;
  const whole = eventsOf(sent).filter((event) => typeof event === "object").length;
  // Line ends may stand where a chunk was cut, then the failure: none of them is an event.
  assert.ok(body.subarray(0, sent.length).equals(sent), `${what}: not what upstream sent`);
  if (whole === ANSWER.length) {
    assert.deepEqual(told, ANSWER, what);
    return;
  }
  assert.deepEqual(
    { type: last.type, code: last.response.error.code },
    { type: "response.failed", code: "upstream_cut" },
    what,
  );
  assert.match(last.response.error.message, CUT);
  assert.deepEqual(
    told.slice(0, -1).filter((event) => typeof event === "object"),
    ANSWER.slice(0, whole),
    what,
  );
}

/** @param payload what upstream has sent of its payload before each cut */
async function everyCut(
  t: TestContext,
  stages: readonly Stage[],
  head: string,
  body: Buffer,
  payload: (at: number) => Buffer,
  transport: Transport = "auto",
): Promise<void> {
  // A stage is only ever shown whole events.
  const sentAt = stages.length === 0 ? payload : (at: number) => wholeEvents(payload(at));
  const upstream = await ear(t);
  const proxy = await startProxy(t, { upstream: upstream.url, stages, settings: { transport } });
  for (let i = 0; i < 8; i++) void cutting(upstream, head, body);
  let next = 0;
  const work = async (client: Line): Promise<void> => {
    for (let at = next++; at < body.length; at = next++) {
      client.send(request(at));
      const { start, body: told } = await readMessage(client);
      assert.equal(start, "HTTP/1.1 200 OK");
      checkTold(told, sentAt(at), `cut at ${at}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, async () => work(await connect(t, proxy.port))));
}

/** Passes everything, but wants to see it. */
const looker: Stage = { name: "looker", needs: () => "events", frames: (_turn, source) => source };

suite("An upstream that is cut", { timeout: 60_000 }, () => {
  for (const [mode, stages] of [
    ["untouched", []],
    ["seen by a stage", [looker]],
  ] as const) {
    for (const transport of ["native", "auto"] as const) {
      test(`A chunked stream, ${mode}, cut at any byte (${transport}) ends in a failure event, unless its end had been told`, async (t) => {
        const framed = chunked(ANSWER_SSE);
        const payload = (at: number): Buffer => unframed(framed.subarray(0, at));
        await everyCut(t, stages, CHUNKED_HEAD, framed, payload, transport);
      });
    }

    test(`A stream in chunks of seven bytes, ${mode}, cut at any byte likewise`, async (t) => {
      const parts = Array.from({ length: Math.ceil(STREAM.length / 7) }, (_, i) => STREAM.subarray(i * 7, i * 7 + 7));
      const framed = chunked(parts);
      await everyCut(t, stages, CHUNKED_HEAD, framed, (at) => unframed(framed.subarray(0, at)));
    });

    test(`A stream in one chunk, ${mode}, cut at any byte likewise`, async (t) => {
      const framed = chunked([STREAM]);
      await everyCut(t, stages, CHUNKED_HEAD, framed, (at) => unframed(framed.subarray(0, at)));
    });

    test(`A stream of known length, ${mode}, cut at any byte likewise`, async (t) => {
      const head = `${SSE_HEAD}content-length: ${STREAM.length}\r\n\r\n`;
      await everyCut(t, stages, head, STREAM, (at) => STREAM.subarray(0, at));
    });
  }
});

/** The payload of chunks of which the last is cut. */
function unframed(framed: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < framed.length; ) {
    const lineEnd = framed.indexOf("\r\n", at);
    if (lineEnd < 0) break;
    const size = Number.parseInt(framed.toString("latin1", at, lineEnd), 16);
    parts.push(framed.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 4 + size;
  }
  return Buffer.concat(parts);
}

function wholeEvents(bytes: Buffer): Buffer {
  const end = bytes.lastIndexOf("\n\n");
  return bytes.subarray(0, end < 0 ? 0 : end + 2);
}
