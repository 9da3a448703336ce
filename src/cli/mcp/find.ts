/** The server that a verb is about. */
import { CodexPlusError } from "../../errors.ts";
import { nearestName } from "../../lib/nearest.ts";
import type { Server, ServerSet } from "../../mcp/mcp.ts";
import { serverCalled } from "../../mcp/sources/names.ts";
import { problemLine } from "./list.ts";
import type { ServerFiles } from "./open.ts";

/** @throws CodexPlusError CP_MCP_UNKNOWN where nothing usable stands under that name */
export async function findServer(files: ServerFiles, name: string): Promise<Server> {
  const set = await files.sources.set(files.folder);
  const found = serverCalled(set.servers, name);
  if (found === undefined) throw unknown(name, files, set);
  return found;
}

function unknown(name: string, files: ServerFiles, { servers, problems }: ServerSet): CodexPlusError {
  const broken = problems.find((problem) => problem.name === name);
  if (broken !== undefined) return new CodexPlusError("CP_MCP_UNKNOWN", problemLine(files, broken));
  const near = nearestName(
    name,
    servers.map((server) => server.name),
  );
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  return new CodexPlusError("CP_MCP_UNKNOWN", `there is no MCP server ${name} for this folder${hint}`);
}

/** One that may be started. @throws CodexPlusError CP_MCP_SERVER with what holds it back */
export async function findUsable(files: ServerFiles, name: string): Promise<Server> {
  const server = await findServer(files, name);
  if (server.held === undefined) return server;
  throw new CodexPlusError("CP_MCP_SERVER", `${server.name} is not started: ${server.held.text}`);
}
