/** The MCP server of the backend (`/ps/mcp`) that Codex asks for apps at start: one without tools. */
import { isRecord } from "./ask.ts";
import type { Answer } from "./script.ts";

/** The answer to one JSON-RPC message; notifications get 202 and nothing. */
export function appsAnswer(body: Buffer): Answer {
  const message = parse(body);
  if (message.id === undefined) return { status: 202 };
  return { body: { jsonrpc: "2.0", id: message.id, result: result(message) } };
}

function result({ method, params }: Readonly<Record<string, unknown>>): object {
  if (method === "tools/list") return { tools: [] };
  if (method !== "initialize") return {};
  const protocolVersion = isRecord(params) ? params.protocolVersion : undefined;
  return { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "mock-apps", version: "1" } };
}

function parse(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString());
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
