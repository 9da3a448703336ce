/** What Claude Code was recorded to make of a prompt is what upstream gets through the proxy, on both wires. */
import assert from "node:assert/strict";
import { on, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { type App, startApp } from "../../src/app.ts";
import { settingsSchema } from "../../src/config/schema.ts";
import { createLogger } from "../../src/log.ts";
import { Continuity } from "../../src/sessions/continuity/index.ts";
import { sqliteShelf } from "../../src/sessions/sqlite/continuity.ts";
import { createStages } from "../../src/stages/index.ts";
import { type Mock, startMock } from "../../src/testing/mock/index.ts";
import type { Stage } from "../../src/turn.ts";
import { type Case, expected, type Stage as Folders, layOut, normalized, type Outcome, readCases } from "./cases.ts";
import { roomFor } from "./room.ts";

let home: string;
let mock: Mock;
let app: App;
let continuity: Continuity;
/** The stages of the case that is being run. */
const stages: Stage[] = [];
const log = createLogger("silent");
const AUTHORIZATION = { authorization: "Bearer sk-test" };

before(async () => {
  home = await mkdtemp(join(tmpdir(), "codex-plus-expand-"));
  mock = await startMock();
  continuity = new Continuity(sqliteShelf(join(home, "plus.db")), log);
  const settings = settingsSchema.parse({ server: { port: 0 }, upstream: mock.url });
  app = await startApp({ ...settings, environment: { home, codexHome: home } }, { log, stages });
});

after(async () => {
  await app.stop();
  continuity.close();
  await mock.stop();
  await rm(home, { recursive: true });
});

/** One turn as Codex sends it, with its labels; answers the events that came down. */
async function turn(wire: "sse" | "ws", prompt: string, { cwd, session }: Folders, id: string): Promise<string> {
  const metadata = {
    request_kind: "turn",
    thread_source: "user",
    thread_id: session,
    turn_id: id,
    workspaces: { [cwd]: {} },
  };
  const labels = { turn_id: id, content_item_kinds: ["user.text"] };
  const message = {
    type: "message",
    id: `msg_${id}`,
    role: "user",
    content: [{ type: "input_text", text: prompt }],
    internal_chat_message_metadata_passthrough: labels,
  };
  const body = { model: "gpt-6.1-sol", stream: true, store: false, input: [message] };
  const turnMetadata = JSON.stringify(metadata);
  if (wire === "sse") {
    const headers = { ...AUTHORIZATION, "content-type": "application/json", "x-codex-turn-metadata": turnMetadata };
    const response = await fetch(`${app.url}/responses`, { method: "POST", headers, body: JSON.stringify(body) });
    return response.text();
  }
  const socket = new WebSocket(`${app.url.replace("http", "ws")}/responses`, {
    headers: { ...AUTHORIZATION, "openai-beta": "responses_websockets=2026-02-06" },
  });
  await once(socket, "open");
  const frame = { type: "response.create", ...body, client_metadata: { "x-codex-turn-metadata": turnMetadata } };
  socket.send(JSON.stringify(frame));
  const seen: string[] = [];
  for await (const [bytes] of on(socket, "message")) {
    seen.push(`data: ${bytes}`);
    if (String(bytes).includes('"response.completed"')) break;
  }
  socket.terminate();
  return seen.join("\n\n");
}

/** The text of the message that came down. */
function shown(events: string): string {
  const done = events.split("\n").find((line) => line.includes('"response.output_item.done"')) ?? "";
  return JSON.parse(done.replace(/^data: /, "")).item.content[0].text;
}

async function throughProxy(wire: "sse" | "ws", recorded: Case, folders: Folders, id: string): Promise<Outcome> {
  stages.splice(
    0,
    stages.length,
    ...createStages({
      commands: roomFor(folders),
      builtins: [],
      continuity,
      recorder: undefined,
      elsewhere: folders.home,
    }),
  );
  const before = mock.record.turns.length;
  const events = await turn(wire, recorded.prompt, folders, id);
  const asked = mock.record.turns.slice(before);
  if (asked.length === 0) return { sent: false, stdout: shown(events), user: [], reminders: [] };
  const input = asked[0]?.json.input;
  const item: { content: { text: string }[] } | undefined = Array.isArray(input) ? input[0] : undefined;
  const texts = (item?.content ?? []).map(({ text }) => text);
  const reminder = (text: string): boolean => text.startsWith("<system-reminder>");
  return { sent: true, stdout: "", user: texts.filter((text) => !reminder(text)), reminders: texts.filter(reminder) };
}

for (const wire of ["sse", "ws"] as const) {
  for (const [index, recorded] of readCases("oracle.json").entries()) {
    test(`${wire}: ${recorded.id} reaches upstream as recorded`, async () => {
      const folders = await layOut(recorded);
      try {
        const outcome = await throughProxy(wire, recorded, folders, `${wire}${index}`);
        assert.deepEqual(normalized(outcome, folders), expected(recorded));
        assert.deepEqual(mock.record.violations, []);
      } finally {
        await folders.remove();
      }
    });
  }
}
