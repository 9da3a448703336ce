import assert from "node:assert/strict";
import { test } from "node:test";
import zlib from "node:zlib";
import fc from "fast-check";
import { CodexPlusError, type ErrorCode } from "../errors.ts";
import { decodeBody, decodeNow } from "./decode.ts";

const LIMIT = 1024 * 1024;
const TEXT = Buffer.from(JSON.stringify({ model: "gpt", input: ["hello ".repeat(200)] }));

const ENCODERS: Record<string, (bytes: Buffer) => Buffer> = {
  zstd: (bytes) => zlib.zstdCompressSync(bytes),
  gzip: (bytes) => zlib.gzipSync(bytes),
  br: (bytes) => zlib.brotliCompressSync(bytes),
  deflate: (bytes) => zlib.deflateSync(bytes),
  identity: (bytes) => bytes,
};

function fails(code: ErrorCode): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof CodexPlusError);
    assert.equal(error.code, code);
    return true;
  };
}

test("any bytes come back through any list of codings", async () => {
  const names = fc.array(fc.constantFrom(...Object.keys(ENCODERS)), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), names, async (array, list) => {
      const bytes = Buffer.from(array);
      const encoded = list.reduce<Buffer>((coded, name) => ENCODERS[name]?.(coded) ?? coded, bytes);
      assert.deepEqual(await decodeBody(encoded, list.join(", "), LIMIT), bytes);
    }),
  );
});

test("names are read in any case, x-gzip is gzip, and deflate may come without its zlib header", async () => {
  assert.deepEqual(await decodeBody(zlib.gzipSync(TEXT), " GZip ", LIMIT), TEXT);
  assert.deepEqual(await decodeBody(zlib.gzipSync(TEXT), "x-gzip", LIMIT), TEXT);
  assert.deepEqual(await decodeBody(zlib.deflateRawSync(TEXT), "deflate", LIMIT), TEXT);
});

test("a body without a coding is handed back as the same buffer", async () => {
  for (const encoding of [undefined, "", "identity", " , "])
    assert.equal(await decodeBody(TEXT, encoding, LIMIT), TEXT);
});

test("a bomb stops at the limit in every coding, and the limit itself still passes", async () => {
  const zeros = Buffer.alloc(LIMIT);
  for (const [name, encode] of Object.entries(ENCODERS)) {
    assert.equal((await decodeBody(encode(zeros), name, LIMIT)).length, LIMIT, name);
    await assert.rejects(decodeBody(encode(zeros), name, LIMIT - 1), fails("CP_REQUEST_TOO_LARGE"), name);
  }
  const nested = zlib.gzipSync(zlib.gzipSync(zeros));
  await assert.rejects(decodeBody(nested, "gzip, gzip", LIMIT - 1), fails("CP_REQUEST_TOO_LARGE"));
});

test("a coding that is not known, or a list longer than anybody sends, is refused by name", async () => {
  await assert.rejects(decodeBody(TEXT, "compress", LIMIT), {
    code: "CP_ENCODING_UNSUPPORTED",
    message: 'content-encoding "compress" is not known',
  });
  await assert.rejects(decodeBody(TEXT, "gzip, gzip, gzip, gzip, gzip", LIMIT), fails("CP_ENCODING_UNSUPPORTED"));
});

test("damaged data and data cut at any byte is an invalid request, never a shorter body", async () => {
  for (const [name, encode] of Object.entries(ENCODERS)) {
    if (name === "identity") continue;
    await assert.rejects(decodeBody(TEXT, name, LIMIT), fails("CP_REQUEST_INVALID"), name);
    const whole = encode(TEXT);
    for (let cut = 0; cut < whole.length; cut++) {
      await assert.rejects(
        decodeBody(whole.subarray(0, cut), name, LIMIT),
        fails("CP_REQUEST_INVALID"),
        `${name} ${cut}`,
      );
    }
  }
});

test("decoded at once, data cut at any byte is the beginning of what it was, and whole data is all of it", () => {
  for (const [name, encode] of Object.entries(ENCODERS)) {
    const whole = encode(TEXT);
    assert.deepEqual(decodeNow(whole, name, LIMIT), TEXT, name);
    for (let cut = 0; cut < whole.length; cut++) {
      const found = decodeNow(whole.subarray(0, cut), name, LIMIT);
      assert.deepEqual(found, TEXT.subarray(0, found.length), `${name} ${cut}`);
    }
    if (name !== "identity") assert.throws(() => decodeNow(TEXT, name, LIMIT), fails("CP_REQUEST_INVALID"), name);
    assert.throws(() => decodeNow(encode(Buffer.alloc(LIMIT)), name, LIMIT - 1), fails("CP_REQUEST_TOO_LARGE"), name);
  }
});
