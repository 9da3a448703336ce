import assert from "node:assert/strict";
import { test } from "node:test";
import { fromImpit, toImpit } from "./headers.ts";

/** What is sent, without the blanks that silence a browser's own fields. */
function sent(headers: string[], streamed = false): [string, string][] {
  return toImpit(headers, streamed).filter(([, value]) => value !== "");
}

test("fields go in order, with repeats, and without what impit writes by itself", () => {
  const fields = ["Host", "chatgpt.com", "b", "2", "Connection", "x", "a", "1", "b", "3", "Content-Length", "5"];
  assert.deepEqual(sent(fields), [
    ["b", "2"],
    ["a", "1"],
    ["b", "3"],
  ]);
});

test("a streamed body keeps its length, which impit cannot know", () => {
  assert.deepEqual(sent(["content-length", "5", "transfer-encoding", "chunked"], true), [["content-length", "5"]]);
});

test("a browser's own fields are silenced unless the client sends them itself", () => {
  const blanked = (headers: string[]) =>
    toImpit(headers, false)
      .filter(([, value]) => value === "")
      .map(([name]) => name);
  assert.ok(blanked([]).includes("accept-language"));
  assert.ok(blanked([]).includes("sec-ch-ua"));
  assert.equal(blanked(["Accept-Language", "de"]).includes("accept-language"), false);
});

test("a decoded response loses its coding and length, one without a body keeps them", () => {
  const headers = new Headers({ "content-encoding": "gzip", "content-length": "5", connection: "close", etag: "x" });
  assert.deepEqual(fromImpit(headers, false), ["etag", "x"]);
  assert.deepEqual(fromImpit(headers, true), ["content-encoding", "gzip", "content-length", "5", "etag", "x"]);
  assert.deepEqual(fromImpit(new Headers({ "content-length": "5" }), false), ["content-length", "5"]);
});
