/** What the backend itself has seen and said, against what is kept of it. */
import assert from "node:assert/strict";
import { sqliteReader } from "../../src/sessions/sqlite/reader.ts";
import { outputItems } from "../../src/testing/client/request.ts";
import type { Item, SeenTurn, WireEvent } from "../../src/testing/index.ts";

/**
 * Every item with an id that the backend got or gave is kept as it was, in the thread of that request or one that it comes
 * from.
 */
export function assertAllSeen(path: string, turns: readonly SeenTurn[]): void {
  const reader = sqliteReader(path);
  /** All that a thread and those above it hold, by id: as it was said, and as it went up. */
  const holdings = (thread: string): ReadonlyMap<unknown, readonly string[]> => {
    const found = new Map<unknown, string[]>();
    for (let at = reader.thread(thread); at !== undefined; at = reader.thread(at.forkedFrom ?? at.parent ?? "")) {
      for (const { id, body, sent = "[]" } of reader.items(at.id)) {
        const whole = body.replaceAll(/codex-plus:blob\/([0-9a-f]{64})/g, (_, hash: string) => dataUrl(hash));
        const said = [JSON.parse(whole), ...JSON.parse(sent)].map(plain);
        found.set(id, [...(found.get(id) ?? []), ...said]);
      }
    }
    return found;
  };
  const dataUrl = (hash: string): string => {
    const { mediaType, bytes = [] } = reader.blob(hash) ?? {};
    return `data:${mediaType};base64,${Buffer.from(bytes).toString("base64")}`;
  };
  try {
    const known = new Map<string, ReturnType<typeof holdings>>();
    for (const turn of turns) {
      const thread = threadOf(turn);
      const items = known.get(thread) ?? holdings(thread);
      known.set(thread, items);
      const missing = [...asked(turn), ...outputItems(events(turn))]
        .filter(({ id }) => id !== undefined)
        .filter((item) => !items.get(item.id)?.includes(plain(item)));
      assert.deepEqual(missing, [], `kept of thread ${thread}`);
    }
  } finally {
    reader.close();
  }
}

function threadOf({ json }: SeenTurn): string {
  const client = json.client_metadata as Readonly<Record<string, string>>;
  return JSON.parse(client["x-codex-turn-metadata"] ?? "{}").thread_id;
}

function asked({ json }: SeenTurn): readonly Item[] {
  return Array.isArray(json.input) ? json.input : [];
}

function events({ wire, sent }: SeenTurn): WireEvent[] {
  const texts =
    wire === "ws"
      ? sent.map((message) => message.toString())
      : Buffer.concat(sent)
          .toString()
          .split("\n")
          .filter((line) => line.startsWith("data:"))
          .map((line) => line.slice(5));
  return texts.filter((text) => text.trim().startsWith("{")).map((text) => JSON.parse(text));
}

/** An item without what changes when Codex sends back what it got: labels, its status, empty fields, the order of its fields. */
function plain(item: Item): string {
  return JSON.stringify(sorted(item));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).filter(
    ([name, part]) => part !== null && name !== "internal_chat_message_metadata_passthrough" && name !== "status",
  );
  return Object.fromEntries(
    fields.toSorted(([a], [b]) => a.localeCompare(b)).map(([name, part]) => [name, sorted(part)]),
  );
}
