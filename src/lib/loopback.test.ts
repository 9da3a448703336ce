import assert from "node:assert/strict";
import { test } from "node:test";
import { isLoopback } from "./loopback.ts";

test("loopback is this machine under any of its names, and nothing else", () => {
  const here = [
    "127.0.0.1",
    "127.8.9.1",
    "::1",
    "[::1]",
    "localhost",
    "LocalHost",
    "app.localhost",
    "::ffff:127.0.0.1",
  ];
  const elsewhere = ["0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "localhost.example.com", "notlocalhost", ""];
  assert.deepEqual(
    here.filter((host) => !isLoopback(host)),
    [],
  );
  assert.deepEqual(elsewhere.filter(isLoopback), []);
});
