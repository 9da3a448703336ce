// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the text of definitions.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deed, masked, what } from "./shown.ts";

test("what may be a secret is hidden, variables are not", () => {
  const args = [
    "--token",
    "s1",
    "--api-key=s2",
    "API_SECRET=s3",
    "https://u:s4@h/p?k=s5",
    "--header",
    "Authorization: Bearer s6",
  ];
  assert.equal(
    what({ command: "run", args: [...args, "--token", "${TOKEN}", "--verbose", "plain"] }),
    "run --token *** --api-key=*** API_SECRET=*** https://***@h/p?*** --header Authorization: Bearer *** --token ${TOKEN} --verbose plain",
  );
  assert.equal(what({ type: "http", url: "https://u:s7@h/${PATH}?k=s8" }), "https://***@h/${PATH}?***");
  assert.deepEqual(
    masked({
      type: "http",
      url: "https://h?s9",
      headers: { A: "Bearer ${T}", B: "Bearer s10", C: "${T:-s11}", D: "s12${T}", E: "" },
      env: { PORT: "80" },
      timeout: 5000,
    }),
    {
      type: "http",
      url: "https://h?***",
      headers: { A: "Bearer ${T}", B: "Bearer ***", C: "${T:-***}", D: "***", E: "***" },
      env: { PORT: "***" },
      timeout: 5000,
    },
  );
});

test("who is to trust a definition sees all of it, without what a terminal would obey", () => {
  assert.equal(
    deed({ command: "sh", args: ["-c", "echo\u001b[2J\nrm"], env: { A: "1", B: "2" } }),
    "runs sh -c echo rm with A=1 B=2",
  );
  assert.equal(
    deed({ type: "sse", url: "https://h?k=${K}", headers: { A: "b" }, headersHelper: "./h" }),
    "reaches https://h?k=${K} with A: b and runs ./h",
  );
});
