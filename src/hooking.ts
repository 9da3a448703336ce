/** The engine of hooks, built from the configuration: for the proxy, and for verbs that only look. */
import { shellVariables } from "./config/environment.ts";
import { commandHomes, pathsOf } from "./config/paths.ts";
import type { Config } from "./config/schema.ts";
import { TrustList } from "./config/trust.ts";
import { Hooks } from "./hooks/index.ts";
import { managedFolder } from "./hooks/settings/layers.ts";
import type { Logger } from "./log.ts";

export function createHooks({ environment }: Config, log: Logger): Hooks {
  const trust = new TrustList(pathsOf(environment.home).trust);
  return new Hooks({
    homes: { ...commandHomes(environment), managed: environment.managed ?? managedFolder() },
    env: shellVariables(),
    trust: (file, digest) => trust.ask(file, digest),
    send: globalThis.fetch,
    log,
  });
}
