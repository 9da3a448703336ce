/** The `openai` SDK, which names no conversation: what belongs together is found by what was said. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import OpenAI from "openai";
import { startApp } from "../../src/app.ts";
import { settingsSchema } from "../../src/config/schema.ts";
import { createLogger } from "../../src/log.ts";
import { item, startMock } from "../../src/testing/index.ts";
import { ends, said } from "./facts.ts";
import { kept } from "./kept.ts";

const model = "gpt-5.5";
/** The mock keeps no responses, as the real backend does not for Codex; the API at large does. */
const GOES_ON = JSON.stringify({
  id: "resp_next",
  object: "response",
  status: "completed",
  output: [item.text("msg_next", "I remember.")],
  usage: { input_tokens: 7, output_tokens: 3 },
});

test("conversations without a name are told apart, streamed or not, however their history is sent", async (t) => {
  const home = await mkdtemp(join(tmpdir(), "codex-plus-sdk-"));
  t.after(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));
  const mock = await startMock();
  t.after(() => mock.stop());
  mock.intercept(({ body }) =>
    body.includes("previous_response_id")
      ? { headers: { "content-type": "application/json" }, body: GOES_ON }
      : undefined,
  );
  const settings = settingsSchema.parse({ server: { port: 0 }, upstreams: { openai: mock.url, chatgpt: mock.url } });
  const app = await startApp(
    { ...settings, environment: { home, codexHome: home, user: home } },
    { log: createLogger("silent") },
  );
  t.after(() => app.stop());
  const openai = new OpenAI({ apiKey: "sk-test-key", baseURL: `${app.url}/v1`, maxRetries: 0 });

  const streamed: OpenAI.Responses.EasyInputMessage[] = [];
  const stream = async (text: string) => {
    streamed.push({ role: "user", content: text });
    const response = await openai.responses.stream({ model, input: [...streamed] }).finalResponse();
    streamed.push({ role: "assistant", content: response.output_text });
  };
  const whole: OpenAI.Responses.ResponseInputItem[] = [];
  const create = async (text: string) => {
    whole.push({ role: "user", content: text });
    const response = await openai.responses.create({ model, instructions: "Be brief.", input: [...whole] });
    whole.push(...(response.output as OpenAI.Responses.ResponseInputItem[]));
    return response.id;
  };

  await stream("What is a proxy?");
  await create("Count to three.");
  await stream("And a cache?");
  const last = await create("Count on.");
  await stream("Thanks.");
  await openai.responses.create({ model, previous_response_id: last, input: "Where were we?" });
  // The same question anew is another conversation.
  await openai.responses.create({ model, input: "What is a proxy?" });
  mock.script({ status: 429, body: { error: { message: "slow down", code: "rate_limit_exceeded" } } });
  await openai.responses.create({ model, input: "Too much" }).catch(() => undefined);
  await app.stop();

  const { threads } = kept(join(home, "plus.db"));
  assert.deepEqual(
    threads.map((thread) => said(thread)),
    [
      [
        ["> user: What is a proxy?", "< assistant: echo: What is a proxy?"],
        ["> user: And a cache?", "< assistant: echo: And a cache?"],
        ["> user: Thanks.", "< assistant: echo: Thanks."],
      ],
      [
        ["> user: Count to three.", "< assistant: echo: Count to three."],
        ["> user: Count on.", "< assistant: echo: Count on."],
        ["> user: Where were we?", "< assistant: I remember."],
      ],
      [["> user: What is a proxy?", "< assistant: echo: What is a proxy?"]],
      [["> user: Too much"]],
    ],
  );
  assert.deepEqual(threads.map(ends), [
    Array.from({ length: 3 }, () => "turn completed: completed"),
    Array.from({ length: 3 }, () => "turn completed: completed"),
    ["turn completed: completed"],
    ["turn failed: failed"],
  ]);
  const [first] = threads;
  assert.deepEqual(first?.row, {
    id: "thread 1",
    kind: "user",
    root: "thread 1",
    client: "OpenAI/JS",
    clientVersion: first?.row.clientVersion,
    provider: "openai",
    model,
    prompt: "What is a proxy?",
    source: "wire",
    turns: 3,
    errors: 0,
    below: 0,
    usage: { input: 360, cached: 0, output: 36, reasoning: 0 },
  });
  assert.deepEqual(
    threads.map(({ turns }) => turns.map(({ legs }) => legs.map(({ wire, status }) => [wire, status]))),
    [
      [[["sse", 200]], [["sse", 200]], [["sse", 200]]],
      [[["json", 200]], [["json", 200]], [["json", 200]]],
      [[["json", 200]]],
      [[["json", 429]]],
    ],
  );
});
