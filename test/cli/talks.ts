/** Conversations for the verbs to find, written as the recorder writes them. */
import { join } from "node:path";
import type { Item } from "../../src/protocol/request.ts";
import type { ItemFacts, Leg, ThreadFacts } from "../../src/sessions/ledger.ts";
import { itemFacts } from "../../src/sessions/recorder/digest/item.ts";
import { sqliteWriter } from "../../src/sessions/sqlite/writer.ts";
import type { Sandbox } from "./program.ts";

export const PUMP = "01a2b3c4-d5e6-7000-8000-000000000001";
export const WALL = "01a2b3c4-d5e7-7000-8000-000000000002";
export const PAINTER = "01a2b3c4-d5e8-7000-8000-000000000003";
export const OLD = "01900000-0000-7000-8000-000000000004";

/** When the first of them began. */
export const AT = Date.UTC(2026, 10, 20, 9, 30);
const MINUTE = 60_000;

export const said = (role: "user" | "assistant", text: string): Item => ({
  type: "message",
  role,
  content: [{ type: role === "user" ? "input_text" : "output_text", text }],
  ...(role === "user" && { internal_chat_message_metadata_passthrough: { content_item_kinds: ["user.text"] } }),
});
const call = (id: string, cmd: string): Item => ({
  type: "function_call",
  name: "exec_command",
  call_id: id,
  arguments: JSON.stringify({ cmd }),
});
const output = (id: string, text: string): Item => ({ type: "function_call_output", call_id: id, output: text });

const facts = (items: readonly Item[]): ItemFacts[] => items.map((item) => itemFacts(item, { blobBytes: 1e6 }));

let key = 0;
function leg(
  thread: Partial<ThreadFacts> & { readonly id: string },
  more: Partial<Leg>,
  asked: Item[],
  answered: Item[],
): Leg {
  key += 1;
  return {
    key: `test/${key}`,
    thread: {
      kind: "user",
      root: thread.id,
      client: "codex-tui",
      clientVersion: "0.200.0",
      cwd: "/work/app",
      model: "gpt-6.1-sol",
      effort: "high",
      source: "wire",
      ...thread,
    },
    begins: true,
    kind: "turn",
    wire: "ws",
    model: "gpt-6.1-sol",
    started: AT,
    firstByteMs: 800,
    ms: 4000,
    state: "completed",
    status: 200,
    local: false,
    dropped: false,
    usage: { input: 12_000, cached: 9000, output: 400, reasoning: 100 },
    whole: false,
    asked: facts(asked),
    answered: facts(answered),
    ...more,
  };
}

const LISTING = Array.from({ length: 12 }, (_, line) => `pump_part_${line}.c`).join("\n");

/** Two of a project, one with a sub-agent, a tool and a failure; and an old one of an SDK program elsewhere. */
export const LEGS: readonly Leg[] = [
  leg(
    { id: OLD, client: "openai-node", cwd: "/else", model: "gpt-5" },
    { turn: "o1", started: AT - 100 * 24 * 60 * MINUTE, model: "gpt-5" },
    [said("user", "how old is the sea?")],
    [said("assistant", "Very old.")],
  ),
  leg(
    { id: PUMP, title: "Mend the pump" },
    { turn: "p1" },
    [said("user", "mend the pump, 漢字 too\nand be quick")],
    [call("c1", "ls src\npwd")],
  ),
  leg(
    { id: PUMP },
    {
      turn: "p1",
      begins: false,
      started: AT + MINUTE,
      usage: { input: 13_000, cached: 12_000, output: 50, reasoning: 0 },
    },
    [output("c1", LISTING)],
    [said("assistant", "The pump is mended.\n\x1b[31mIt works.")],
  ),
  leg(
    { id: PUMP },
    {
      turn: "p2",
      started: AT + 10 * MINUTE,
      state: "failed",
      error: { code: "server_error", message: "overloaded" },
      usage: undefined,
    },
    [said("user", "and now the wall")],
    [],
  ),
  leg(
    { id: WALL, cwd: "/work/app/wall" },
    { turn: "w1", started: AT + 60 * MINUTE },
    [said("user", "paint the wall")],
    [said("assistant", "Which colour?")],
  ),
  leg(
    { id: PAINTER, kind: "subagent", root: WALL, parent: WALL, agent: "/root/painter", cwd: "/work/app/wall" },
    { turn: "w2", started: AT + 61 * MINUTE },
    [said("user", "find a colour")],
    [said("assistant", "Pump green.")],
  ),
];

/** Writes them into the home of a sandbox. */
export function record(box: Sandbox, legs: readonly Leg[] = LEGS): void {
  const writer = sqliteWriter(join(box.variables.CODEX_PLUS_HOME ?? "", "plus.db"));
  try {
    writer.append(legs);
  } finally {
    writer.close();
  }
}
