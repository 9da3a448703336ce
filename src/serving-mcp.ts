/** The room of MCP servers, from the configuration: for the proxy, and for verbs. */
import { shellVariables } from "./config/environment.ts";
import { commandHomes, pathsOf } from "./config/paths.ts";
import type { Config } from "./config/schema.ts";
import { TrustList } from "./config/trust.ts";
import { managedFolder } from "./hooks/settings/layers.ts";
import type { Logger } from "./log.ts";
import { Mcp, type McpOptions, type Sources } from "./mcp/index.ts";
import { access } from "./mcp/oauth/access.ts";
import { LoginStore } from "./mcp/oauth/store.ts";
import { ServerSources } from "./mcp/sources/index.ts";
import { createFetch } from "./transport/fetch.ts";

/** @param more what stands around calls, and who records them */
export function createMcp(config: Config, log: Logger, more: Pick<McpOptions, "around" | "recorded"> = {}): Mcp {
  const { environment, mcp } = config;
  const paths = pathsOf(environment.home);
  const store = new LoginStore(paths.mcpLogins);
  return new Mcp({
    ...mcp,
    sources: mcp.enabled ? sourcesOf(config) : NO_SERVERS,
    offers: paths.mcpOffers,
    logs: paths.logs,
    env: serverVariables(),
    log,
    fetch: createFetch(environment),
    access: (server, fetch) => access(server, store, fetch),
    ...more,
  });
}

const NO_SERVERS: Sources = { set: () => Promise.resolve({ servers: [], problems: [] }), any: () => false };

/** Where this person's servers are written down, whether or not MCP is on. */
export function sourcesOf({ environment, mcp }: Config): ServerSources {
  const trust = new TrustList(pathsOf(environment.home).trust);
  return new ServerSources({
    homes: { ...commandHomes(environment), managed: environment.managed ?? managedFolder() },
    env: serverVariables(),
    deny: mcp.deny,
    trust: (file, digest) => trust.ask(file, digest),
  });
}

/** What servers find in their environment: all that we do but our own token, which is no server's business. */
export function serverVariables(): NodeJS.ProcessEnv {
  const { CODEX_PLUS_TOKEN: _token, ...others } = shellVariables();
  return others;
}
