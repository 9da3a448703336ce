/** Who asks for no tools, or could get none, stays on the raw path: nothing of its turns is read for our sake. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { settingsSchema } from "../../src/config/schema.ts";
import { createLogger } from "../../src/log.ts";
import { Continuity } from "../../src/sessions/continuity/index.ts";
import { memoryShelf } from "../../src/sessions/continuity/shelf.ts";
import { mcp } from "../../src/stages/mcp.ts";
import type { Head } from "../../src/turn.ts";
import { said, smallRoom } from "./inline-scene.ts";

const INLINE = ["x-codex-plus-mcp", "inline"];
const CODEX = ["user-agent", "codex_exec/0.169.0"];

function needs(inline: "asked" | "clients" | "never", servers: boolean, headers: string[], more: Partial<Head> = {}) {
  const stage = mcp({
    room: smallRoom(servers ? { small__tool: () => said("") } : {}),
    settings: { ...settingsSchema.parse({}).mcp, inline },
    continuity: new Continuity(memoryShelf(), createLogger("silent")),
    elsewhere: "/home/user",
  });
  const head = {
    wire: "sse",
    kind: "main",
    thread: "",
    turn: "",
    parents: [],
    method: "POST",
    path: "/responses",
  } as const;
  return stage.needs({ ...head, headers, ...more });
}

test("a turn is looked at only for a client that wants tools, where there are servers", () => {
  const found = {
    asked: needs("asked", true, INLINE),
    "every client": needs("clients", true, []),
    "asks for nothing": needs("asked", true, []),
    "asks, and there are no servers": needs("asked", false, INLINE),
    "asks, and is not to get any": needs("never", true, INLINE),
    Codex: needs("clients", true, CODEX),
    "wants none": needs("clients", true, ["x-codex-plus-mcp", "off"]),
    "a side request": needs("asked", true, INLINE, { kind: "side" }),
  };
  const [asked, every, ...others] = Object.values(found);
  assert.deepEqual([asked, every], ["events", "events"]);
  assert.deepEqual(new Set(others), new Set(["nothing"]), JSON.stringify(found));
});
