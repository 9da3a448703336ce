/** How a Codex that `run` starts reaches our MCP servers: by overrides of its configuration, for this run alone. */
import { realpathSync } from "node:fs";
import { DOOR_VARIABLE } from "../config/door.ts";
import type { Config } from "../config/schema.ts";
import { readToken } from "../config/token.ts";
import { toCodexPlusError } from "../errors.ts";
import { count } from "../lib/amounts.ts";
import { createLogger } from "../log.ts";
import { PROJECT_HEADER } from "../mcp/gateway/index.ts";
import type { ServerStatus } from "../mcp/mcp.ts";
import { GATEWAY } from "../mcp/names.ts";
import { createMcp } from "../serving-mcp.ts";
import { tell } from "./exit.ts";
import { folderOfCodex } from "./hook-route.ts";
import { meetAt } from "./mcp/live.ts";
import { OWN_ENTRY, readEntry, toolSeconds } from "./setup/mcp.ts";
import { oneLine } from "./terminal/text.ts";

export interface McpRoute {
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

export const NO_MCP: McpRoute = { args: [], variables: {} };

/** By which Codex is told the token: a command line can be read by others. */
const TOKEN_VARIABLE = "CODEX_PLUS_TOKEN";
/** How long servers that nobody knows yet are waited for, in ms. */
const MEETING_MS = 10_000;
const MOST_NAMES = 8;

/**
 * Arguments and variables for Codex; none where its project has no servers. Servers that were never met are met first,
 * since Codex asks for tools only once. Never throws.
 * @param proxy its address
 * @param args those of Codex
 * @param cwd where it will be started
 */
export async function mcpRoute(config: Config, proxy: string, args: readonly string[], cwd = "."): Promise<McpRoute> {
  const { enabled, register } = config.mcp;
  if (!enabled || register === "never") return NO_MCP;
  try {
    const project = realpathSync(folderOfCodex(args, cwd));
    const servers = await serversOf(config, project);
    if (servers.length === 0 && register === "auto") return NO_MCP;
    const token = await readToken(config.environment.home);
    if (token === undefined) return NO_MCP;
    const entry = await readEntry(config);
    if (entry === "other") {
      console.error(`codex-plus: ${OWN_ENTRY}`);
      return NO_MCP;
    }
    await meet(servers, project, { url: proxy, token });
    if (entry === "ours") {
      return { args: override("env", { [DOOR_VARIABLE]: new URL(proxy).port }), variables: {} };
    }
    return {
      args: [
        ...override("url", `${proxy}/_plus/mcp`),
        ...override("bearer_token_env_var", TOKEN_VARIABLE),
        ...override("http_headers", { [PROJECT_HEADER]: encodeURIComponent(project) }),
        ...override("tool_timeout_sec", toolSeconds(config, servers)),
      ],
      variables: { [TOKEN_VARIABLE]: token },
    };
  } catch (error) {
    console.error(`${tell(toCodexPlusError(error))}\ncodex-plus: running codex without your MCP servers.`);
    return NO_MCP;
  }
}

/** What a project has that may be started, without starting it. */
async function serversOf(config: Config, project: string): Promise<readonly ServerStatus[]> {
  const room = createMcp(config, createLogger("silent"));
  if (!room.any(project)) return [];
  const servers = await room.status(project);
  return servers.filter(({ state }) => state !== "held");
}

/** The proxy starts them, not we: so they run already when Codex calls them. */
async function meet(
  servers: readonly ServerStatus[],
  project: string,
  proxy: { readonly url: string; readonly token: string },
): Promise<void> {
  const unknown = servers.filter(({ offer, slow }) => offer === undefined && !slow).map(({ server }) => server.name);
  if (unknown.length === 0) return;
  const names = unknown.slice(0, MOST_NAMES).join(", ") + (unknown.length > MOST_NAMES ? ", …" : "");
  console.error(`codex-plus: starting ${count(unknown.length, "MCP server")} for the first time: ${oneLine(names)}`);
  await meetAt(proxy, project, MEETING_MS);
}

function override(key: string, value: string | number | Readonly<Record<string, string>>): string[] {
  const literal =
    typeof value === "object"
      ? `{${Object.entries(value).map(([name, text]) => `${JSON.stringify(name)}=${JSON.stringify(text)}`)}}`
      : JSON.stringify(value);
  return ["-c", `mcp_servers.${GATEWAY}.${key}=${literal}`];
}
