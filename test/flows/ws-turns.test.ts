/** Requests that a client sends before the answer to the last has ended, where stages take part: one turn at a time. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import test, { suite } from "node:test";
import { setTimeout as later } from "node:timers/promises";
import { say } from "../../src/protocol/say.ts";
import { encodeFrame, OPCODE } from "../../src/protocol/ws-frame.ts";
import type { Stage } from "../../src/turn.ts";
import { bare, down, frame, up } from "./bare.ts";
import type { Line } from "./line.ts";

const create = (name: string): Buffer => up({ type: "response.create", name, input: [] });
const nameOf = async (line: Line): Promise<unknown> => (JSON.parse((await frame(line)).text) as { name: unknown }).name;
const typeOf = async (line: Line): Promise<unknown> => (JSON.parse((await frame(line)).text) as { type: unknown }).type;

/** What ends a response; its type need not stand first. */
const ENDS = {
  first: { type: "response.completed", response: { id: "r" } },
  later: { sequence_number: 1, type: "response.completed", response: { id: "r" } },
};

suite("Requests before the last answer has ended", { timeout: 20_000 }, () => {
  for (const [where, end] of Object.entries(ENDS)) {
    for (const needs of ["nothing", "request", "events"] as const) {
      test(`go up in order, each when the one before is over (${needs} needed, the end's type ${where})`, async (t) => {
        const done: unknown[] = [];
        const slow = Promise.withResolvers<undefined>();
        const stage: Stage = {
          name: "slow",
          needs: () => needs,
          request: (turn) => (turn.request.json().name === "A" ? slow.promise : undefined),
          done: (turn, outcome) => void done.push(turn.request.json().name, outcome),
        };
        const { client, upstream, proxy } = await bare(t, { stages: [stage] });
        client.send(create("A")).send(create("B"));
        client.send(up({ name: "pass", type: "marker" }));
        if (needs !== "nothing") assert.equal(await nameOf(upstream), "pass");
        slow.resolve(undefined);
        assert.equal(await nameOf(upstream), "A");
        if (needs === "nothing") assert.equal(await nameOf(upstream), "pass");
        client.send(create("C")).send(up({ name: "pass too", type: "marker" }));
        assert.equal(await nameOf(upstream), "pass too");
        for (const next of ["B", "C", undefined]) {
          upstream.send(down(end));
          assert.equal(await typeOf(client), "response.completed");
          if (next !== undefined) assert.equal(await nameOf(upstream), next);
        }
        await proxy.logged(() => proxy.log.lines.filter(({ wire }) => wire === "ws").length === 3);
        const ok = { ok: true };
        assert.deepEqual(done, needs === "nothing" ? [] : ["A", ok, "B", ok, "C", ok]);
      });
    }
  }

  test("One that is answered here waits too: its answer does not stand within the other", async (t) => {
    const stage: Stage = {
      name: "local",
      needs: () => "request",
      request: (turn) => (turn.request.json().name === "here" ? say(turn.head.wire, "hello") : undefined),
    };
    const { client, upstream } = await bare(t, { stages: [stage] });
    client.send(create("A"));
    assert.equal(await nameOf(upstream), "A");
    upstream.send(down({ type: "response.created", response: { id: "A" } }));
    assert.equal(await typeOf(client), "response.created");
    client.send(create("here")).send(up({ name: "pass", type: "marker" }));
    assert.equal(await nameOf(upstream), "pass");
    upstream.send(down({ type: "response.completed", response: { id: "A" } }));
    assert.deepEqual([await typeOf(client), await typeOf(client)], ["response.completed", "response.created"]);
  });

  test("are not all taken: a client that asks and asks is held back, and each is answered in the end", async (t) => {
    const stage: Stage = { name: "editor", needs: () => "request" };
    const { client, upstream } = await bare(t, { stages: [stage] });
    client.send(create("A"));
    assert.equal(await nameOf(upstream), "A");
    const large = up({ type: "response.create", name: "x", input: ["y".repeat(1_000_000)] });
    const sent = await taken(client.socket, large, 40);
    for (let i = 0; i < sent; i++) {
      upstream.send(down(ENDS.first));
      assert.equal(await typeOf(client), "response.completed");
      assert.equal((await upstream.bytes(large.length)).length, large.length);
    }
  });

  test("are told that we live while the rest of the answer before is still coming and dropped", async (t) => {
    const stage: Stage = {
      name: "short",
      needs: () => "events",
      async *frames(_turn, source) {
        for await (const each of source) {
          yield each;
          return;
        }
      },
    };
    const { client, upstream } = await bare(t, { stages: [stage], settings: { limits: { keepaliveMs: 10 } } });
    client.send(create("A"));
    assert.equal(await nameOf(upstream), "A");
    upstream.send(down({ type: "response.created", response: { id: "A" } }));
    assert.deepEqual([await typeOf(client), await typeOf(client)], ["response.created", "response.completed"]);
    assert.equal(await typeOf(upstream), "response.interrupt");
    client.send(create("B"));
    const speaking = setInterval(() => upstream.send(down({ type: "response.output_text.delta" })), 5);
    assert.equal(await typeOf(client), "keepalive");
    clearInterval(speaking);
    upstream.send(down({ type: "response.incomplete", response: { id: "A" } }));
    assert.equal(await nameOf(upstream), "B");
  });
});

suite("Pings of a client that does not read", { timeout: 20_000 }, () => {
  test("are not all answered: it is held back until it reads", async (t) => {
    const { client } = await bare(t);
    const pings = Buffer.concat(Array.from({ length: 8000 }, () => encodeFrame(OPCODE.ping, Buffer.alloc(125), true)));
    client.socket.pause();
    const sent = await taken(client.socket, pings, 60);
    client.socket.resume();
    await client.bytes(sent * 8000 * 127);
  });
});

/** Writes until nothing more is taken; how often. */
async function taken(socket: Socket, bytes: Buffer, most: number): Promise<number> {
  for (let sent = 1; ; sent++) {
    assert.ok(sent <= most, `${sent * bytes.length} bytes were taken and held`);
    if (socket.write(bytes)) continue;
    const drained = once(socket, "drain").then(() => true);
    if (!(await Promise.race([drained, later(300, false)]))) return sent;
  }
}
