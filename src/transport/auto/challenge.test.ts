import assert from "node:assert/strict";
import { test } from "node:test";
import { isChallenge } from "./challenge.ts";

test("only a refusal that says so, or Cloudflare's HTML page, is a challenge", () => {
  const page = ["Content-Type", "text/html; charset=UTF-8"];
  const rows: [status: number, headers: string[], challenge: boolean][] = [
    [403, ["CF-Mitigated", "challenge"], true],
    [503, ["cf-mitigated", " Challenge "], true],
    [200, ["cf-mitigated", "challenge"], false],
    [429, ["cf-mitigated", "challenge"], false],
    [403, ["cf-mitigated", "block"], false],
    [403, [...page, "Server", "cloudflare"], true],
    [503, [...page, "CF-RAY", "8f00-FRA"], true],
    [403, page, false],
    [403, ["content-type", "application/json", "server", "cloudflare"], false],
    [403, [], false],
  ];
  const found = rows.map(([status, headers]) => [status, headers, isChallenge(status, headers)]);
  assert.deepEqual(found, rows);
});
