/** Other real clients than Codex, through the proxy: the `openai` SDK and curl. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import OpenAI from "openai";
import { type App, startApp } from "../../src/app.ts";
import { settingsSchema } from "../../src/config/schema.ts";
import { createLogger } from "../../src/log.ts";
import { type Mock, startMock } from "../../src/testing/mock/index.ts";

const run = promisify(execFile);
const KEY = "sk-test-key";

let home: string;
let mock: Mock;
let app: App;
let openai: OpenAI;

before(async () => {
  home = await mkdtemp(join(tmpdir(), "codex-plus-clients-"));
  mock = await startMock();
  const settings = settingsSchema.parse({ server: { port: 0 }, upstreams: { openai: mock.url, chatgpt: mock.url } });
  app = await startApp({ ...settings, environment: { home, codexHome: home } }, { log: createLogger("silent") });
  openai = new OpenAI({ apiKey: KEY, baseURL: `${app.url}/v1`, maxRetries: 0 });
});

after(async () => {
  await app.stop();
  await mock.stop();
  await rm(home, { recursive: true });
});

test("the openai SDK streams a response, and its key reaches the upstream it belongs to", async () => {
  const stream = openai.responses.stream({ model: "gpt-5.5", input: "hello there" });
  const deltas: string[] = [];
  for await (const event of stream) if (event.type === "response.output_text.delta") deltas.push(event.delta);
  const final = await stream.finalResponse();
  assert.deepEqual(
    { text: final.output_text, streamed: deltas.join("") },
    { text: "echo: hello there", streamed: "echo: hello there" },
  );
  const seen = mock.record.requests.at(-1);
  const authorization = seen?.rawHeaders.findIndex((name) => name.toLowerCase() === "authorization") ?? -1;
  assert.deepEqual(
    { method: seen?.method, path: seen?.path, authorization: seen?.rawHeaders[authorization + 1] },
    { method: "POST", path: "/v1/responses", authorization: `Bearer ${KEY}` },
  );
});

test("the openai SDK gets a response that is not streamed", async () => {
  const response = await openai.responses.create({ model: "gpt-5.5", input: "in one piece" });
  assert.equal(response.output_text, "echo: in one piece");
});

test("the openai SDK sees upstream's own error, status and request id", async () => {
  mock.intercept(() => ({
    status: 429,
    headers: ["content-type", "application/json", "x-request-id", "req_upstream"],
    body: JSON.stringify({ error: { message: "slow down", type: "rate_limit_error", code: "rate_limit_exceeded" } }),
  }));
  const error = await openai.responses.create({ model: "gpt-5.5", input: "x" }).catch((thrown: unknown) => thrown);
  mock.intercept(() => undefined);
  assert.ok(error instanceof OpenAI.RateLimitError);
  assert.deepEqual(
    { status: error.status, code: error.code, id: error.requestID, message: error.message },
    { status: 429, code: "rate_limit_exceeded", id: "req_upstream", message: "429 slow down" },
  );
});

test("the openai SDK can stop in the middle, and the next request works", async () => {
  const stream = openai.responses.stream({ model: "gpt-5.5", input: "first" });
  for await (const _event of stream) break;
  stream.abort();
  const response = await openai.responses.create({ model: "gpt-5.5", input: "second" });
  assert.equal(response.output_text, "echo: second");
});

test("curl gets the same bytes through the proxy as from the upstream itself", async () => {
  const body = JSON.stringify({ model: "gpt-5.5", input: "from curl", stream: false });
  const headers = ["-H", `authorization: Bearer ${KEY}`, "-H", "content-type: application/json"];
  const through = await run("curl", ["-sS", ...headers, "-d", body, `${app.url}/v1/responses`]);
  const direct = await run("curl", ["-sS", ...headers, "-d", body, `${mock.url}/v1/responses`]);
  const masked = (text: string): string => text.replace(/(resp|msg)_mock_\d+/g, "$1_mock_N");
  assert.equal(masked(through.stdout), masked(direct.stdout));
  assert.match(through.stdout, /echo: from curl/);
});

test("curl uploads with Expect: 100-continue and over HTTP/1.0", async () => {
  const body = JSON.stringify({ model: "gpt-5.5", input: "y".repeat(200_000), stream: true });
  const args = [
    "-sS",
    "-H",
    `authorization: Bearer ${KEY}`,
    "-H",
    "content-type: application/json",
    "--data-binary",
    "@-",
  ];
  for (const extra of [["-H", "expect: 100-continue"], ["--http1.0"]]) {
    const child = run("curl", [...args, ...extra, `${app.url}/v1/responses`], { maxBuffer: 1e7 });
    child.child.stdin?.end(body);
    const { stdout } = await child;
    assert.match(stdout, /response\.completed/, extra.join(" "));
  }
});
