import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { FrameWriter } from "./frame-writer.ts";

/** Everything a client of this protocol version is sent behind the head. */
async function received(version: "1.0" | "1.1", write: (writer: FrameWriter) => Promise<void>): Promise<string> {
  const server = createServer((_request, response: ServerResponse) => {
    response.writeHead(200, { connection: "close" });
    response.flushHeaders();
    void write(new FrameWriter(response));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  client.write(`GET / HTTP/${version}\r\nhost: localhost\r\n\r\n`);
  const pieces: Buffer[] = [];
  client.on("data", (bytes) => pieces.push(bytes));
  await once(client, "close");
  server.close();
  const text = Buffer.concat(pieces).toString("latin1");
  return text.slice(text.indexOf("\r\n\r\n") + 4);
}

async function threeTimes(writer: FrameWriter): Promise<void> {
  writer.write(Buffer.from("a"));
  writer.write(Buffer.from("bc"));
  await setImmediate();
  writer.write(Buffer.alloc(0));
  await setImmediate();
  writer.write(Buffer.from("d"));
  writer.end();
}

test("Frames of one tick leave as one chunk, and an empty one does not end the body", async () => {
  assert.equal(await received("1.1", threeTimes), "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n");
});

test("A client of HTTP/1.0 gets the frames without chunks", async () => {
  assert.equal(await received("1.0", threeTimes), "abcd");
});

test("Waiting for a client that does not read ends when it leaves", async () => {
  const waited = Promise.withResolvers<boolean>();
  const server = createServer((_request, response: ServerResponse) => {
    response.writeHead(200).flushHeaders();
    const writer = new FrameWriter(response);
    writer.write(Buffer.alloc(32 * 2 ** 20));
    process.nextTick(async () => {
      const more = writer.write(Buffer.from("x"));
      client.destroy();
      await writer.drained();
      waited.resolve(more);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1").pause();
  client.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  assert.equal(await waited.promise, false);
  server.close();
});
