import assert from "node:assert/strict";
import { test } from "node:test";
import { mask } from "./mask.ts";

const none = { args: [], env: {}, headers: {} };

test("what is given in secret is masked, what is ordinary stays", () => {
  const masked = mask({
    env: { API_KEY: "key-0123456789", LOG_LEVEL: "production", PIN_TOKEN: "1234" },
    headers: { Authorization: "Bearer swordfish-1" },
    url: "https://me:pass%20phrase@host/mcp?code=abcdefgh",
    args: ["--dsn", "postgres://root:top-secret@db/x"],
  });
  const said = "key-0123456789 production 1234 Bearer swordfish-1, swordfish-1 pass phrase abcdefgh top-secret";
  assert.equal(masked(said), "*** production 1234 ***, *** *** *** ***");
});

test("what an argument's flag, or its own name, says is secret is masked", () => {
  const args = [
    "--token",
    "aaaaaaaa",
    "--api-key=bbbbbbbb",
    "--header",
    "Authorization: Bearer cccccccc",
    "GITHUB_PAT=dddddddd",
  ];
  const plain = ["--path", "eeeeeeee", "--token", "--verbose"];
  const said = "aaaaaaaa, bbbbbbbb, Bearer cccccccc, cccccccc, dddddddd, eeeeeeee --verbose";
  assert.equal(mask({ ...none, args: [...args, ...plain] })(said), "***, ***, ***, ***, ***, eeeeeeee --verbose");
});

test("an address that cannot be read to its end masks what can", () => {
  assert.equal(mask({ ...none, url: "https://me:100%@host/" })("100%25 or 100%"), "100%25 or 100%");
  assert.equal(mask({ ...none, url: "no address" })("no address"), "no address");
});
