/** The engine of hooks, and the program of Codex's own, from the configuration: for the proxy, and for verbs. */
import { fileURLToPath } from "node:url";
import { shellVariables } from "./config/environment.ts";
import { installHookProgram } from "./config/hook-program.ts";
import { commandHomes, pathsOf } from "./config/paths.ts";
import type { Config } from "./config/schema.ts";
import { TrustList } from "./config/trust.ts";
import { type HookOptions, Hooks } from "./hooks/index.ts";
import { managedFolder } from "./hooks/settings/layers.ts";
import type { Logger } from "./log.ts";
import { ask } from "./transport/ask.ts";

/** What the hook program runs where its shell cannot ask the proxy. */
const CLIENT = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./cli/hook.ts" : "./cli/hook.js", import.meta.url),
);

/** Puts the program that Codex's hooks run into its place. */
export async function installHooks({ environment, hooks }: Config): Promise<void> {
  const { home } = environment;
  await installHookProgram({ home, node: process.execPath, client: CLIENT, whenDown: hooks.whenDown });
}

/** @param more what the proxy wants to know of runs and do before them */
export function createHooks(
  { environment }: Config,
  log: Logger,
  more: Pick<HookOptions, "ran" | "prepare"> = {},
): Hooks {
  const paths = pathsOf(environment.home);
  const trust = new TrustList(paths.trust);
  return new Hooks({
    homes: { ...commandHomes(environment), managed: environment.managed ?? managedFolder() },
    files: paths.hookFiles,
    env: shellVariables(),
    trust: (file, digest) => trust.ask(file, digest),
    send: ask,
    log,
    ...more,
  });
}
