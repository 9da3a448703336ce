/** What hooks read at `transcript_path` while a conversation goes on. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Client, commands, scene } from "./scene.ts";

/** A handler that keeps the transcript it finds. */
const keeps = (name: string): string => `cp "$(grep -o '"transcript_path":"[^"]*"' | cut -d'"' -f4)" ${name}`;

for (const wire of ["sse", "ws"] as const) {
  test(`${wire}: a prompt's hook reads what was said before it, a Stop hook the answer that has just ended`, async (t) => {
    const here = await scene(t);
    await here.hooks({ UserPromptSubmit: commands(keeps("prompt")), Stop: commands(keeps("stop")) });
    const client = new Client(t, here, wire);
    const told = async (name: string) =>
      (await readFile(join(here.project, name), "utf8")).split("\n").flatMap((line) => {
        if (line === "") return [];
        const { type, sessionId, cwd, message } = JSON.parse(line);
        assert.deepEqual([sessionId, cwd], [client.thread, here.project]);
        return [`${type}: ${typeof message.content === "string" ? message.content : message.content[0].text}`];
      });
    await client.type("one");
    const first = ["user: one", "assistant: echo: one"];
    assert.deepEqual(await told("stop"), first);
    await client.type("two");
    assert.deepEqual((await told("prompt")).slice(0, 2), first);
    assert.deepEqual(await told("stop"), [...first, "user: two", "assistant: echo: two"]);
    await here.restart();
    client.hangUp();
    await client.type("three");
    assert.deepEqual((await told("stop")).slice(0, 5), [...first, "user: two", "assistant: echo: two", "user: three"]);
  });
}
