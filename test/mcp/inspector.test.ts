/** The MCP Inspector's command line against the gateway: it lists, calls, reads and prompts. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { after, before, test } from "node:test";
import { fetchInspector } from "../../scripts/fetch-inspector.ts";
import { type Gate, openGate, TOKEN } from "./gate.ts";
import { notes } from "./gateway-servers.ts";
import { type MemoryRoom, memoryRoom } from "./memory-room.ts";

let room: MemoryRoom;
let gate: Gate;
before(async () => {
  room = await memoryRoom({ mine: notes("mine"), theirs: notes("theirs") });
  gate = await openGate(room);
});
after(async () => {
  await gate.close();
  await room.close();
});

/** What it prints for one method; the token goes along as a header, as its own documentation has it. */
async function inspect(...args: string[]): Promise<Record<string, unknown>> {
  const program = await fetchInspector();
  const url = `http://127.0.0.1:${gate.port}/_plus/mcp`;
  const all = [program, url, "--transport", "http", "--header", `Authorization: Bearer ${TOKEN}`, "--method", ...args];
  const said = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, all, { cwd: dirname(program) }, (error, out) =>
      error === null ? resolve(out) : reject(error),
    );
  });
  return JSON.parse(said);
}

test("the Inspector lists and calls through the gateway", { timeout: 60_000 }, async () => {
  const { tools } = (await inspect("tools/list")) as { tools: { name: string }[] };
  assert.deepEqual(
    tools.map(({ name }) => name),
    ["mine__count", "theirs__count"],
  );
  assert.deepEqual(await inspect("tools/call", "--tool-name", "theirs__count", "--tool-arg", "of=all"), {
    content: [{ type: "text", text: "all: 3" }],
    structuredContent: { count: 3 },
  });
  assert.deepEqual(await inspect("resources/read", "--uri", "notes://mine"), {
    contents: [{ uri: "notes://mine", text: "own of mine" }],
  });
  const { messages } = await inspect("prompts/get", "--prompt-name", "mine__greet", "--prompt-args", "who=Ann");
  assert.deepEqual(messages, [{ role: "user", content: { type: "text", text: "mine greets Ann" } }]);
});
