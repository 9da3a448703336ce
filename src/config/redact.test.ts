import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutLogin } from "./redact.ts";

test("a login never shows, whatever stands in it, and an address without one is shown as it is", () => {
  const shown = ["http://u:p@h:1/x", "socks5://u:p@q@h", "u:p@h:80", "http://h/a@b", "https://h"].map(withoutLogin);
  assert.deepEqual(shown, ["http://***@h:1/x", "socks5://***@h", "***@h:80", "http://h/a@b", "https://h"]);
});
