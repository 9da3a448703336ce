/** What Codex knows of our hook program: where it is registered, and what its person has approved of it. */
import { join } from "node:path";
import type { TomlTable } from "smol-toml";
import { pathsOf } from "../config/paths.ts";
import type { Config } from "../config/schema.ts";
import { createHooks } from "../hooking.ts";
import type { HookEvent } from "../hooks/hook.ts";
import {
  commandLine,
  FROM_FLAGS,
  fingerprintOf,
  labelOf,
  NATIVE_EVENTS,
  type NativeEvent,
} from "../hooks/native/registration.ts";
import { createLogger } from "../log.ts";
import { parseToml } from "./setup/edit.ts";
import { textOf } from "./setup/file.ts";

/** Events of settings that only Codex can tell of: its own, and those that are made of them. */
const FED: readonly HookEvent[] = [...NATIVE_EVENTS, "PostToolUseFailure", "Notification"];

export const HOW_TO_APPROVE =
  "Codex runs hooks only once you have approved them: start it and choose “Trust all and continue”, or type /hooks in it.";

/** Whether Codex is to run our program for somebody who works in this folder. */
export function wantsCodexHooks(config: Config, folder: string): boolean {
  const { register } = config.hooks;
  if (register !== "auto") return register === "always";
  const hooks = createHooks(config, createLogger("silent"));
  return FED.some((event) => hooks.listens(folder, event));
}

export interface CodexHooks {
  /** In its config.toml, by `setup`. */
  readonly registered: boolean;
  /** Events that nobody has approved, or that were turned off there: Codex says nothing of them. */
  readonly waiting: readonly NativeEvent[];
}

/** Reads it from Codex's config.toml; a broken one knows nothing. */
export async function readCodexHooks({ environment }: Config): Promise<CodexHooks> {
  const file = join(environment.codexHome, "config.toml");
  const text = (await textOf(file)) ?? "";
  try {
    return codexHooks(parseToml(text), file, pathsOf(environment.home).hookProgram);
  } catch {
    return { registered: false, waiting: NATIVE_EVENTS };
  }
}

/** @param file the path of the config.toml that was read */
export function codexHooks(config: TomlTable, file: string, program: string): CodexHooks {
  const hooks = tableOf(config.hooks);
  const states = tableOf(hooks.state);
  const places = NATIVE_EVENTS.map((event) => ({ event, at: placeOf(hooks[event], program) }));
  const registered = places.every(({ at }) => at !== undefined);
  const waiting = places.filter(({ event, at }) => {
    const key = registered ? `${file}:${labelOf(event)}:${at}` : `${FROM_FLAGS}:${labelOf(event)}:0:0`;
    const { trusted_hash: approved, enabled } = tableOf(states[key]);
    return approved !== fingerprintOf(event, program) || enabled === false;
  });
  return { registered, waiting: waiting.map(({ event }) => event) };
}

/** "group:handler", counted as Codex counts them; undefined where our program is not among them. */
function placeOf(groups: unknown, program: string): string | undefined {
  for (const [group, value] of listOf(groups).entries()) {
    const handler = listOf(tableOf(value).hooks).findIndex((one) => tableOf(one).command === commandLine(program));
    if (handler >= 0) return `${group}:${handler}`;
  }
  return undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function tableOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
