/** A WebSocket upstream that is cut at any byte, and one side that is slower than the other. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test, { suite, type TestContext } from "node:test";
import { encodeFrame, OPCODE } from "../../src/protocol/ws-frame.ts";
import type { Stage } from "../../src/turn.ts";
import { ANSWER, ANSWER_WS } from "./events.ts";
import { startProxy } from "./harness.ts";
import { ear, type Line } from "./line.ts";
import { field, readHead } from "./message.ts";
import { dial, type Talk } from "./talk.ts";

const looker: Stage = { name: "looker", needs: () => "events", frames: (_turn, source) => source };
const FRAMES = Buffer.concat(ANSWER_WS.map((event) => encodeFrame(OPCODE.text, event, false)));

/** Says 101 by hand, so that what follows is the test's, byte by byte. */
async function switched(line: Line): Promise<void> {
  const { headers } = await readHead(line);
  const accept = createHash("sha1")
    .update(`${field(headers, "sec-websocket-key")}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  line.send(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
}

/** How many of the answer's messages are whole within so many bytes, and whether the payload of the next is cut. */
function wholeAt(at: number): { count: number; within: boolean } {
  let end = 0;
  for (const [index, event] of ANSWER_WS.entries()) {
    const { length } = encodeFrame(OPCODE.text, event, false);
    if (at < end + length) return { count: index, within: at >= end + length - event.length };
    end += length;
  }
  return { count: ANSWER_WS.length, within: false };
}

async function heard(client: Talk): Promise<unknown[]> {
  await client.closed;
  return client.left.map(({ data }) => JSON.parse(`${data}`) as unknown);
}

async function everyCut(
  t: TestContext,
  stages: readonly Stage[],
  check: (at: number, told: unknown[], code: number) => void,
): Promise<void> {
  const upstream = await ear(t);
  const proxy = await startProxy(t, { upstream: upstream.url, stages });
  for (let at = 0; at <= FRAMES.length; at++) {
    const [client, line] = await Promise.all([
      dial(t, proxy.port),
      upstream.line().then(async (each) => {
        await switched(each);
        return each;
      }),
    ]);
    client.send({ type: "response.create", input: [] });
    await line.bytes(6);
    line.send(FRAMES.subarray(0, at)).end();
    const told = await heard(client);
    check(at, told, (await client.closed).code);
    line.close();
  }
}

const typeOf = (event: unknown): unknown => (event as { type: unknown }).type;

suite("A WebSocket upstream that is cut", { timeout: 60_000 }, () => {
  test("At any byte, seen by a stage: whole events, then a failure unless the end was told, then 1011", async (t) => {
    await everyCut(t, [looker], (at, told, code) => {
      const { count } = wholeAt(at);
      const failed = count === ANSWER.length ? [] : ["response.failed"];
      assert.deepEqual(
        [told.slice(0, count), told.slice(count).map(typeOf), code],
        [ANSWER.slice(0, count), failed, 1011],
        `cut at ${at}`,
      );
    });
  });

  test("At any byte, untouched: whole events; between two a failure and 1011, within one a cut", async (t) => {
    await everyCut(t, [], (at, told, code) => {
      // Half a header is not passed on before it is whole, so a message of ours may still follow.
      const { count, within } = wholeAt(at);
      const failed = within || count === ANSWER.length ? [] : ["response.failed"];
      assert.deepEqual(
        [told.slice(0, count), told.slice(count).map(typeOf), code],
        [ANSWER.slice(0, count), failed, within ? 1006 : 1011],
        `cut at ${at}`,
      );
    });
  });
});

suite("A slow WebSocket side", { timeout: 20_000 }, () => {
  for (const stages of [[], [looker]]) {
    for (const direction of ["down", "up"] as const) {
      test(`holds the other back: little is in flight on the way ${direction} (${stages.length} stages)`, async (t) => {
        const upstream = await ear(t);
        const proxy = await startProxy(t, { upstream: upstream.url, stages });
        const [client, line] = await Promise.all([
          dial(t, proxy.port),
          upstream.line().then(async (each) => {
            await switched(each);
            return each;
          }),
        ]);
        client.send({ type: "response.create", input: [] });
        await line.bytes(6);
        const event = JSON.stringify({ type: "x", data: "y".repeat(60_000) });
        const frame = encodeFrame(OPCODE.text, Buffer.from(event), direction === "up");
        const socket = (client.ws as unknown as { _socket: Line["socket"] })._socket;
        const [from, to] = direction === "down" ? [line.socket, socket] : [socket, line.socket];
        to.pause();
        let sent = 0;
        for (let full = false; !full; ) {
          from.write(frame);
          sent += 1;
          full = await new Promise<boolean>((resolve) => {
            if (!from.writableNeedDrain) resolve(false);
            const late = setTimeout(() => resolve(true), 300);
            from.once("drain", () => {
              clearTimeout(late);
              resolve(false);
            });
          });
          assert.ok(sent < 1000, "60 MB were taken off a writer whose reader reads nothing");
        }
        to.resume();
        if (direction === "down") for (let i = 0; i < sent; i++) assert.equal(await client.text(), event);
        else await line.bytes(sent * frame.length);
      });
    }
  }
});
