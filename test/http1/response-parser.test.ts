/** Properties of the response parser: any cut, any damage, and node:http's client as a second opinion. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { createServer, type Server } from "node:net";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { made, meaning } from "./made-response.ts";
import { everyByte, latin1, read } from "./reading.ts";

const cuts = fc.array(fc.nat(5000), { maxLength: 12 });

describe("ResponseParser on valid responses", () => {
  test("reads what was meant, at random cuts, in both modes", () => {
    fc.assert(
      fc.property(made, cuts, fc.boolean(), (response, at, framed) => {
        const how = { method: response.method, framed, ended: response.framing === "close" };
        assert.deepEqual(read(response.bytes, at, how), meaning(response, framed));
      }),
      { numRuns: 1000 },
    );
  });

  test("reads what was meant, byte by byte and at every single cut", () => {
    fc.assert(
      fc.property(made, fc.boolean(), (response, framed) => {
        const how = { method: response.method, framed, ended: response.framing === "close" };
        const expected = meaning(response, framed);
        assert.deepEqual(read(response.bytes, everyByte(response.bytes), how), expected);
        for (let i = 0; i < response.bytes.length; i++) assert.deepEqual(read(response.bytes, [i], how), expected);
      }),
      { numRuns: 30 },
    );
  });

  test("hands on framed bytes that never end inside a chunk-size line, and knows what their last chunk lacks", () => {
    fc.assert(
      fc.property(made, cuts, (response, at) => {
        fc.pre(response.framing === "chunked");
        const eachPiece = (length: number, missing: number) => {
          assert.ok(!response.insideLines.has(length), `cut inside a line at ${length}`);
          assert.ok(response.chunkEnds.has(length + missing), `${missing} behind ${length} is no end of a chunk`);
        };
        read(response.bytes, at, { method: response.method, framed: true, eachPiece });
        read(response.bytes, everyByte(response.bytes), { method: response.method, framed: true, eachPiece });
      }),
    );
  });

  test("says how many bytes belong to the response when more follow", () => {
    fc.assert(
      fc.property(made, cuts, fc.string({ minLength: 1 }), (response, at, more) => {
        fc.pre(response.framing !== "close");
        const bytes = Buffer.concat([response.bytes, Buffer.from(more)]);
        const { surplus } = read(bytes, at, { method: response.method });
        assert.equal(surplus, Buffer.byteLength(more));
      }),
    );
  });

  test("is not done before the last byte, except where the body ends with the connection", () => {
    fc.assert(
      fc.property(made, fc.nat(), (response, at) => {
        const part = response.bytes.subarray(0, at % response.bytes.length);
        assert.equal(read(part, [], { method: response.method }).outcome, "waiting");
      }),
    );
  });
});

describe("ResponseParser beside the client of node:http", () => {
  let server: Server;
  let answer: Buffer;
  before(async () => {
    server = createServer((socket) => socket.on("error", () => {}).once("data", () => socket.end(answer)));
    await once(server.listen(0, "127.0.0.1"), "listening");
  });
  after(() => {
    server.close();
  });

  test("reads valid responses as it does", async () => {
    await fc.assert(
      fc.asyncProperty(made, cuts, async (response, at) => {
        answer = response.bytes;
        const theirs = await readWithNode(server, response.method);
        const ours = read(response.bytes, at, { method: response.method, ended: true });
        const { chunked: _, ...head } = ours.head ?? { chunked: false };
        assert.deepEqual({ ...ours, head }, theirs);
      }),
      { numRuns: 200 },
    );
  });
});

async function readWithNode(server: Server, method: string): Promise<unknown> {
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const outgoing = request({ host: "127.0.0.1", port: address.port, method, agent: false });
  const informational: unknown[] = [];
  outgoing.on("information", ({ statusCode, statusMessage, rawHeaders }) => {
    informational.push({ status: statusCode, reason: statusMessage, headers: rawHeaders });
  });
  outgoing.end();
  const [incoming] = await once(outgoing, "response");
  const body: Buffer[] = await incoming.toArray();
  return {
    informational,
    head: { status: incoming.statusCode, reason: incoming.statusMessage, headers: incoming.rawHeaders },
    body: Buffer.concat(body).toString("latin1"),
    trailers: incoming.rawTrailers,
    outcome: "done",
    surplus: 0,
  };
}

describe("ResponseParser on damaged responses", () => {
  const damage = fc.array(
    fc.record({
      at: fc.nat(5000),
      remove: fc.nat(3),
      add: fc.oneof(
        fc.constantFrom("\n", "\r", "\r\n", " ", "\t", "\0", ":", "0", "f", ";", "\r\n\r\n"),
        fc.string({ maxLength: 3 }),
      ),
    }),
    { minLength: 1, maxLength: 3 },
  );
  const damaged = fc.tuple(made, damage).map(([response, places]) => {
    let text = response.bytes.toString("latin1");
    for (const { at, remove, add } of places) {
      const here = at % (text.length + 1);
      text = text.slice(0, here) + add + text.slice(here + remove);
    }
    return { bytes: latin1(text), method: response.method };
  });

  test("never throws, and comes to the same end at every cut", () => {
    fc.assert(
      fc.property(damaged, cuts, fc.boolean(), fc.boolean(), ({ bytes, method }, at, framed, ended) => {
        const whole = read(bytes, [], { method, framed, ended });
        assert.deepEqual(read(bytes, at, { method, framed, ended }), whole);
        assert.deepEqual(read(bytes, everyByte(bytes), { method, framed, ended }), whole);
      }),
      { numRuns: 2000 },
    );
  });

  test("takes any bytes at all without throwing", () => {
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.uint8Array({ maxLength: 200 }).map((tail) => latin1(`HTTP/1.1 ${Buffer.from(tail).toString("latin1")}`)),
    );
    fc.assert(
      fc.property(garbage, cuts, (bytes, at) => {
        assert.deepEqual(read(Buffer.from(bytes), at), read(Buffer.from(bytes), []));
      }),
      { numRuns: 2000 },
    );
  });
});
