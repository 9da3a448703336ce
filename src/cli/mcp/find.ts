/** The server that a verb is about. */
import { CodexPlusError } from "../../errors.ts";
import { nearestName } from "../../lib/nearest.ts";
import type { Server } from "../../mcp/mcp.ts";
import { problemLine } from "./list.ts";
import type { ServerFiles } from "./open.ts";

/** @throws CodexPlusError CP_MCP_UNKNOWN where nothing usable stands under that name */
export async function findServer(files: ServerFiles, name: string): Promise<Server> {
  const { servers, problems } = await files.sources.set(files.folder);
  const found = servers.find((server) => server.name === name) ?? servers.find((server) => server.key === name);
  if (found !== undefined) return found;
  const broken = problems.find((problem) => problem.name === name);
  if (broken !== undefined) throw new CodexPlusError("CP_MCP_UNKNOWN", problemLine(files, broken));
  const near = nearestName(
    name,
    servers.map((server) => server.name),
  );
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  throw new CodexPlusError("CP_MCP_UNKNOWN", `there is no MCP server ${name} for this folder${hint}`);
}

/** One that may be started. @throws CodexPlusError CP_MCP_SERVER with what holds it back */
export async function findUsable(files: ServerFiles, name: string): Promise<Server> {
  const server = await findServer(files, name);
  if (server.held === undefined) return server;
  throw new CodexPlusError("CP_MCP_SERVER", `${server.name} is not started: ${server.held.text}`);
}
