import assert from "node:assert/strict";
import { test } from "node:test";
import zlib from "node:zlib";
import { requestBody } from "./request.ts";

const zstd = ["content-encoding", "zstd"];

test("a small body that decodes to a sea of nothing is not read", () => {
  const bomb = zlib.zstdCompressSync(`{"input":[${"{},".repeat(2_000_000)}{}]}`);
  assert.equal(requestBody(bomb, zstd), undefined);
});

test("a conversation that repeats itself is read, however well it is packed", () => {
  const text = JSON.stringify({
    input: [{ type: "message", role: "user", content: "again and again ".repeat(60_000) }],
  });
  assert.equal(requestBody(zlib.zstdCompressSync(text), zstd)?.bytes().toString(), text);
});
