// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the text of definitions.
import assert from "node:assert/strict";
import { test } from "node:test";
import { configOf } from "../../mcp/sources/parse.ts";
import { deed, masked, what } from "./shown.ts";

const PLAIN = { type: "stdio", args: [], env: {}, headers: {} } as const;

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

test("what has the name of a secret is hidden in whichever field it stands", () => {
  assert.deepEqual(
    masked({
      type: "http",
      url: "${BASE}/p?k=s1",
      oauth: { clientId: "id", clientSecret: "s2" },
      apiKey: "s3",
      note: "n",
    }),
    { type: "http", url: "${BASE}/p?***", oauth: { clientId: "id", clientSecret: "***" }, apiKey: "***", note: "n" },
  );
});

test("of a definition with a command and an address the one that counts is shown", () => {
  const both = { url: "https://good.example/mcp", command: "sh", args: ["-c", "rm"] };
  const told = (written: Record<string, unknown>): string[] => {
    const config = configOf(written);
    return [what(written), typeof config === "string" ? config : deed(config)];
  };
  assert.deepEqual(told(both), ["sh -c rm", "runs sh -c rm"]);
  assert.deepEqual(told({ ...both, type: null }), ["sh -c rm", "runs sh -c rm"]);
  assert.deepEqual(told({ ...both, type: "http" }), [both.url, `reaches ${both.url}`]);
});

test("who is to trust a definition sees all of it, without what a terminal would obey", () => {
  assert.equal(
    deed({ ...PLAIN, command: "sh", args: ["-c", "echo\u001b[2J\nrm"], env: { A: "1", B: "2" } }),
    "runs sh -c echo rm with A=1 B=2",
  );
  assert.equal(
    deed({ ...PLAIN, type: "sse", url: "https://h?k=${K}", headers: { A: "b" }, headersHelper: "./h" }),
    "reaches https://h?k=${K} with A: b and runs ./h",
  );
});
