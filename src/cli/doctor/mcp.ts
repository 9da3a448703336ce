/** Whether the MCP servers of this folder can be used. */
import { count } from "../../lib/amounts.ts";
import { problemLine } from "../mcp/list.ts";
import { openServers } from "../mcp/open.ts";
import { standings, toDo } from "../mcp/standing.ts";
import { readEntry } from "../setup/mcp.ts";
import { leadsTo } from "./codex-config.ts";
import type { Check } from "./finding.ts";

export const mcp: Check = async ({ config, codexConfig, url }) => {
  const name = "MCP";
  if (!config.mcp.enabled) return { name, state: "ok", says: "off, as mcp.enabled says: no server is started" };
  const files = openServers();
  const { servers, problems } = await standings(files);
  // What a setting forbids is as its person wants it.
  const off = servers.filter(({ server }) => server.held?.why === "disabled");
  const amounts = count(servers.length, "server") + (off.length === 0 ? "" : ` (${off.length} off)`);
  const wrong = [
    ...toDo(servers.filter((one) => !off.includes(one))),
    ...problems.map((one) => problemLine(files, one)),
  ];
  if (wrong.length > 0) {
    return { name, state: "warn", says: `${amounts}: ${wrong.join("; ")}`, cure: "codex-plus mcp list" };
  }
  // Where plain codex goes another way, another check says so.
  const told = config.mcp.register === "never" || !leadsTo(codexConfig.baseUrl, url);
  if (servers.length > off.length && !told && (await readEntry(config)) === "none") {
    return {
      name,
      state: "warn",
      says: `${amounts} for this folder; plain codex has none of them`,
      cure: "codex-plus setup",
    };
  }
  return {
    name,
    state: "ok",
    says: servers.length === 0 ? "no servers for this folder" : `${amounts} for this folder`,
  };
};
