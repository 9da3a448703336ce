import assert from "node:assert/strict";
import test, { suite } from "node:test";
import fc from "fast-check";
import { Chunks } from "./chunks.ts";

suite("Chunks", () => {
  test("The payload is found wherever the bytes are cut, and is a part of them", () => {
    const part = fc.record({ data: fc.uint8Array({ minLength: 1, maxLength: 40 }), note: fc.constantFrom("", ";a=b") });
    fc.assert(
      fc.property(fc.array(part), fc.array(fc.nat(200)), (parts, cuts) => {
        const framed = Buffer.concat(
          parts.flatMap(({ data, note }) => [
            Buffer.from(`${data.length.toString(16)}${note}\r\n`),
            Buffer.from(data),
            Buffer.from("\r\n"),
          ]),
        );
        const chunks = new Chunks();
        const payload: Buffer[] = [];
        const ends = [...new Set(cuts.filter((cut) => cut < framed.length)), framed.length].sort((a, b) => a - b);
        let from = 0;
        for (const end of ends) {
          const piece = framed.subarray(from, end);
          const found = chunks.push(piece);
          assert.ok(found.every(({ buffer }) => buffer === framed.buffer));
          payload.push(...found);
          from = end;
        }
        assert.deepEqual(Buffer.concat(payload), Buffer.concat(parts.map(({ data }) => data)));
      }),
    );
  });
});
