/** How a Codex that `run` starts reaches our hooks: by overrides of its configuration, for this run alone. */
import { resolve } from "node:path";
import { DOOR_VARIABLE } from "../config/door.ts";
import { pathsOf } from "../config/paths.ts";
import type { Config } from "../config/schema.ts";
import { toCodexPlusError } from "../errors.ts";
import { installHooks } from "../hooking.ts";
import { overrides } from "../hooks/native/registration.ts";
import { HOW_TO_APPROVE, readCodexHooks, wantsCodexHooks } from "./codex-hooks.ts";
import { tell } from "./exit.ts";

export interface HookRoute {
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

export const NO_HOOKS: HookRoute = { args: [], variables: {} };

/**
 * Arguments and variables for Codex; none where there are no hooks for what only Codex knows. Never throws.
 * @param args those of Codex
 * @param cwd where it will be started
 */
export async function hookRoute(config: Config, proxy: string, args: readonly string[], cwd = "."): Promise<HookRoute> {
  const variables = { [DOOR_VARIABLE]: new URL(proxy).port };
  try {
    if (!wantsCodexHooks(config, folderOfCodex(args, cwd))) return { args: [], variables };
    await installHooks(config);
    const { registered, waiting } = await readCodexHooks(config);
    if (waiting.length > 0) console.error(`codex-plus: ${HOW_TO_APPROVE}`);
    return { args: registered ? [] : overrides(pathsOf(config.environment.home).hookProgram), variables };
  } catch (error) {
    console.error(`${tell(toCodexPlusError(error))}\ncodex-plus: running codex without hooks for its tool calls.`);
    return { args: [], variables };
  }
}

/** Where Codex will work. */
export function folderOfCodex(args: readonly string[], cwd: string): string {
  const at = args.findIndex((arg) => arg === "-C" || arg === "--cd");
  return resolve(cwd, at < 0 ? "." : (args[at + 1] ?? "."));
}
