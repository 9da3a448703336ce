/** The real server-everything as a person's own server, and what a turn has made of its prompts and resources. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Item, WireEvent } from "../../src/testing/events.ts";
import { itemsOf, type Scene } from "../hooks/scene.ts";

const PACKAGE = join(import.meta.dirname, "../../node_modules/@modelcontextprotocol/server-everything");
/** What it serves its documents from. */
export const EVERYTHING_FILES = join(PACKAGE, "dist");

export const EVERYTHING = {
  command: process.execPath,
  args: [join(EVERYTHING_FILES, "index.js"), "stdio"],
};

/** Servers of the person, which need no trust. */
export async function writeServers({ root }: Scene, mcpServers: object): Promise<void> {
  await mkdir(join(root, "plus"), { recursive: true });
  await writeFile(join(root, "plus", "mcp.json"), JSON.stringify({ mcpServers }), { mode: 0o600 });
}

/** The items of the newest request. */
export function inputOf({ mock }: Scene): readonly Item[] {
  const input = mock.record.turns.at(-1)?.json.input;
  return Array.isArray(input) ? (input as Item[]) : [];
}

/** The texts of the message that the newest request ended with. */
export function lastUser(scene: Scene): string[] {
  const { content = [] } = (inputOf(scene).at(-1) ?? {}) as { content?: { text: string }[] };
  return content.map(({ text }) => text);
}

/** The text that came down. */
export function shown(events: readonly WireEvent[]): string {
  const [item] = itemsOf(events) as { content?: { text: string }[] }[];
  return item?.content?.[0]?.text ?? JSON.stringify(events);
}
