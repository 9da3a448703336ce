import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer } from "./ask.ts";
import { differences } from "./compare.ts";

const answer = (changes: Partial<{ status: number; headers: string[]; body: string }> = {}): Answer => ({
  status: changes.status ?? 200,
  headers: changes.headers ?? ["Content-Type", "application/json", "etag", "a", "date", String(Math.random())],
  body: Buffer.from(changes.body ?? '{"models":[]}'),
});

test("the same answer differs in nothing, whatever its date", () => {
  assert.deepEqual(differences(answer(), [answer(), answer()]), []);
});

test("every change on the way is found: status, a field's name, value or place, the body", () => {
  const direct: [Answer, Answer] = [answer(), answer()];
  assert.deepEqual(
    [
      answer({ status: 403 }),
      answer({ headers: ["content-type", "application/json", "etag", "a"] }),
      answer({ headers: ["etag", "a", "Content-Type", "application/json"] }),
      answer({ headers: ["Content-Type", "application/json"] }),
      answer({ headers: ["Content-Type", "application/json", "etag", "a", "via", "x"] }),
      answer({ body: '{"models":[1]}' }),
      answer({ body: '{"models"' }),
    ].map((proxied) => differences(proxied, direct)),
    [
      ["status 403 instead of 200"],
      ['header "content-type: application/json" instead of "Content-Type: application/json"'],
      ['header "etag: a" instead of "Content-Type: application/json"'],
      ['header "(none)" instead of "etag: a"'],
      ['header "via: x" instead of "(none)"'],
      ["body of 14 instead of 13 bytes, from byte 11"],
      ["body of 9 instead of 13 bytes, from byte 9"],
    ],
  );
});

test("what the upstream itself changes between two answers is not held against the proxy", () => {
  const one = answer({ headers: ["etag", "a", "x-served-by", "1"], body: "1" });
  const two = answer({ headers: ["etag", "a", "x-served-by", "2"], body: "2" });
  const proxied = answer({ headers: ["etag", "a", "x-served-by", "3"], body: "3" });
  assert.deepEqual(differences(proxied, [one, two]), []);
  assert.deepEqual(differences(proxied, [one, answer({ status: 429 })]), [
    "the upstream itself answers 200 now and 429 then",
  ]);
});
