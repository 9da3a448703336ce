import assert from "node:assert/strict";
import { test } from "node:test";
import { bounded } from "./bounded.ts";

const MIB = 1024 ** 2;

/** Reads an answer of so many equal chunks. @returns what was read, why it broke off, and whether the flood was told of */
async function read(type: string, chunk: Uint8Array, count: number) {
  let left = count;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => (left-- > 0 ? controller.enqueue(chunk) : controller.close()),
  });
  const headers = { "content-type": type };
  let floods = 0;
  const reach = bounded(
    () => Promise.resolve(new Response(body, { status: 201, headers })),
    () => void floods++,
  );
  const response = await reach("http://127.0.0.1/mcp");
  let size = 0;
  let broken: unknown;
  try {
    for await (const piece of response.body ?? []) size += piece.length;
  } catch (error) {
    broken = (error as Error).message;
  }
  return { status: response.status, type: response.headers.get("content-type"), size, broken, floods };
}

const TOO_LONG = "it sent a message of more than 64 MiB";

test("a body or an event without an end breaks off, and is told of once", async () => {
  for (const type of ["application/json", "text/event-stream"]) {
    const answer = await read(type, Buffer.alloc(MIB, "x"), 1000);
    assert.deepEqual(answer, { status: 201, type, size: 64 * MIB, broken: TOO_LONG, floods: 1 });
  }
});

test("an event stream may be as long as it likes", async () => {
  for (const end of ["\n\n", "\r\n\r\n", "\r\r"]) {
    const event = Buffer.alloc(MIB, `data: ${"x".repeat(1000)}${end}`);
    const answer = await read("text/event-stream; charset=utf-8", event, 100);
    assert.deepEqual([answer.size, answer.broken, answer.floods], [100 * MIB, undefined, 0]);
  }
});

test("an answer without a body stays what it is", async () => {
  const empty = new Response(null, { status: 204 });
  const reach = bounded(
    () => Promise.resolve(empty),
    () => assert.fail(),
  );
  assert.equal(await reach("http://127.0.0.1/mcp"), empty);
});
