/** What the proxy says itself on a WebSocket stands between upstream's frames and messages, never in one. */
import assert from "node:assert/strict";
import test, { suite } from "node:test";
import { say } from "../../src/protocol/say.ts";
import { closePayload, encodeFrame, OPCODE } from "../../src/protocol/ws-frame.ts";
import type { Stage } from "../../src/turn.ts";
import { type Bare, bare, down, frame, up } from "./bare.ts";

const FIRST = down({ type: "codex.rate_limits", x: "y".repeat(300) });
const SECOND = down({ type: "never.heard.of" });
const PING = encodeFrame(OPCODE.ping, Buffer.from("there?"), true);
const PONG = encodeFrame(OPCODE.pong, Buffer.from("there?"), false);
const CREATE = up({ type: "response.create", input: [] });

const local: Stage = { name: "local", needs: () => "request", request: (turn) => say(turn.head.wire, "here") };

/** When upstream hears this, the proxy has seen to what the client said before. */
async function seen({ client, upstream }: Bare): Promise<void> {
  client.send(up({ type: "marker" }));
  while ((await frame(upstream)).text !== '{"type":"marker"}');
}

async function types(sides: Bare, last: string): Promise<unknown[]> {
  const all = [];
  while (all.at(-1) !== last) {
    const { opcode, text } = await frame(sides.client);
    all.push(opcode === OPCODE.text ? (JSON.parse(text) as { type: unknown }).type : opcode);
  }
  return all;
}

suite("Between upstream's frames", { timeout: 20_000 }, () => {
  test("A pong waits for the end of the frame that upstream is in, even where the next begins at once", async (t) => {
    const sides = await bare(t);
    sides.upstream.send(FIRST.subarray(0, 100));
    await sides.client.bytes(100);
    sides.client.send(PING);
    await seen(sides);
    sides.upstream.send(Buffer.concat([FIRST.subarray(100), SECOND.subarray(0, 9)]));
    const rest = Buffer.concat([FIRST.subarray(100), PONG, SECOND.subarray(0, 9)]);
    assert.deepEqual(await sides.client.bytes(rest.length), rest);
  });

  test("A pong may stand between the fragments of a message", async (t) => {
    const sides = await bare(t);
    const fragment = Buffer.from('\x01\x10{"type":"a.part"', "latin1");
    sides.upstream.send(fragment);
    await sides.client.bytes(fragment.length);
    sides.client.send(PING);
    await seen(sides);
    sides.upstream.send(Buffer.from("\x80\x01}", "latin1"));
    assert.deepEqual(await sides.client.bytes(PONG.length), PONG);
    assert.deepEqual(await frame(sides.client), { opcode: 0, fin: true, text: "}" });
  });

  test("An answer of ours stands before or behind the message that upstream is in", async (t) => {
    const sides = await bare(t, { stages: [local] });
    sides.upstream.send(Buffer.concat([SECOND, FIRST.subarray(0, 100)]));
    assert.deepEqual(await sides.client.bytes(SECOND.length), SECOND);
    sides.client.send(CREATE);
    const told = await types(sides, "response.completed");
    sides.upstream.send(FIRST.subarray(100));
    assert.deepEqual([told[0], await sides.client.bytes(FIRST.length)], ["response.created", FIRST]);
  });

  test("The answer to a client's close waits for the end of the frame that upstream is in", async (t) => {
    const sides = await bare(t);
    sides.upstream.send(FIRST.subarray(0, 100));
    await sides.client.bytes(100);
    sides.client.send(encodeFrame(OPCODE.close, closePayload(1000, "bye"), true));
    assert.equal((await frame(sides.upstream)).opcode, OPCODE.close);
    sides.upstream.send(Buffer.concat([FIRST.subarray(100), SECOND]));
    const rest = Buffer.concat([FIRST.subarray(100), encodeFrame(OPCODE.close, closePayload(1000, "bye"), false)]);
    assert.deepEqual(await sides.client.rest(), rest);
  });

  test("An upstream that is cut within a frame takes along a pong that waited for its end", async (t) => {
    const sides = await bare(t);
    sides.upstream.send(FIRST.subarray(0, 100));
    await sides.client.bytes(100);
    sides.client.send(PING);
    await seen(sides);
    sides.upstream.close();
    assert.equal(`${await sides.client.rest()}`, "");
  });

  test("What stood before a broken frame of upstream's is handed on whole", async (t) => {
    const sides = await bare(t);
    sides.upstream.send(FIRST.subarray(0, 100));
    await sides.client.bytes(100);
    sides.upstream.send(Buffer.concat([FIRST.subarray(100), Buffer.from("fff0", "hex")]));
    const rest = await sides.client.rest();
    assert.deepEqual(
      [rest.subarray(0, FIRST.length - 100), rest[FIRST.length - 100]],
      [FIRST.subarray(100), 0x80 | OPCODE.close],
    );
  });
});
