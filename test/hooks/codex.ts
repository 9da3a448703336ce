/** The real Codex with its own hooks registered as `run` registers them, and a person's hooks in their settings. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { DOOR_VARIABLE } from "../../src/config/door.ts";
import { pathsOf } from "../../src/config/paths.ts";
import { fingerprintOf, labelOf, NATIVE_EVENTS, overrides } from "../../src/hooks/native/registration.ts";
import { ev, type Item } from "../../src/testing/index.ts";
import { exec, type Shown } from "../e2e/exec.ts";
import { type World, type WorldOptions, world } from "../e2e/world.ts";

/** Groups of one event, as in a settings file. */
export type Groups = readonly { readonly matcher?: string; readonly hooks: readonly object[] }[];

/** A world whose person has these hooks. */
export async function hooked(
  t: TestContext,
  hooks: Readonly<Record<string, Groups>>,
  options: Partial<WorldOptions> = {},
): Promise<World> {
  const made = await world(t, { route: "proxy", wire: "sse", ...options });
  await write(join(homeOf(made), ".claude", "settings.json"), JSON.stringify({ hooks }));
  const { port } = new URL(made.environment.OPENAI_BASE_URL ?? "");
  return { ...made, environment: { ...made.environment, [DOOR_VARIABLE]: port } };
}

/** The person's home folder. */
export function homeOf({ environment }: World): string {
  return environment.HOME ?? "";
}

/** The program that Codex's hooks run. */
export function programOf(world: World): string {
  return pathsOf(join(homeOf(world), "plus")).hookProgram;
}

/** Writes a file, and the folders it needs. */
export async function write(file: string, content: string, mode = 0o644): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content, { mode });
  return file;
}

/**
 * One turn in which the model runs these programs in code mode, one after the other. Hooks are approved by Codex's own
 * flag, which nothing but tests ever uses.
 */
export async function programs(world: World, ...codes: readonly string[]): Promise<Turn> {
  return turn(world, codes, ["--dangerously-bypass-hook-trust", ...overrides(programOf(world))]);
}

/** The same with flags of one's own. */
export async function turn(world: World, codes: readonly string[], flags: readonly string[]): Promise<Turn> {
  const left = [...codes];
  let history: readonly Item[] = [];
  world.mock.answer((ask) => {
    if (ask.kind !== "main") return undefined;
    history = ask.history;
    const code = left.shift();
    if (code === undefined) return undefined;
    return [ev.created(ask.id.response), ev.program(ask.id.call, code), ev.completed(ask.id.response)];
  });
  const shown = await exec(world, ...flags, "do it");
  const from = history.findIndex(({ type }) => type === "custom_tool_call");
  return { shown, heard: history.slice(from + 1).flatMap(textsOf) };
}

/** What one turn showed the person, and all the texts that the model was told behind its first call. */
export interface Turn {
  readonly shown: Shown;
  readonly heard: readonly string[];
}

/** What Codex writes into its config.toml when a person approves all of ours. */
export function approvals(source: string, program: string): string {
  return NATIVE_EVENTS.map((event) => {
    const key = JSON.stringify(`${source}:${labelOf(event)}:0:0`);
    return `\n[hooks.state.${key}]\ntrusted_hash = "${fingerprintOf(event, program)}"\n`;
  }).join("");
}

/** The shell commands that really ran. */
export function commandsOf({ shown }: Turn): string[] {
  return shown.events.flatMap(({ type, item }) =>
    type === "item.completed" && item?.type === "command_execution" ? [String(item.command)] : [],
  );
}

function textsOf(item: Item): string[] {
  const parts = item.type === "message" ? item.content : item.output;
  if (typeof parts === "string") return [parts];
  return Array.isArray(parts)
    ? parts.flatMap(({ text }: { text?: unknown }) => (typeof text === "string" ? [text] : []))
    : [];
}
