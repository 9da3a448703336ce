/** The headers of a remote server: those of its definition, and those that a program of the person's prints. */
import type { FetchLike } from "@modelcontextprotocol/sdk/shared/transport.js";
import { z } from "zod";
import { CodexPlusError } from "../../errors.ts";
import { runToEnd } from "../../lib/spawn.ts";
import type { Server } from "../mcp.ts";

/** As Claude Code has it, in ms. */
const HELPER_MS = 10_000;
const MOST_OUTPUT = 64 * 1024;
const headersSchema = z.record(z.string(), z.string());

/**
 * All headers of a server as they are now. A helper is run each time: at a connect, and behind a 401 or 403.
 * @param variables what the helper finds in its environment, beside the server's name and address
 * @throws CodexPlusError CP_MCP_SERVER when the helper fails, or prints something else, or a header is none
 */
export async function headersOf(server: Server, variables: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const { headers, headersHelper, url } = server.config;
  if (headersHelper === undefined) return usable(server, headers);
  const ended = await runToEnd({
    ...(process.platform === "win32"
      ? { command: "cmd.exe", args: ["/d", "/s", "/c", headersHelper] }
      : { command: "/bin/sh", args: ["-c", headersHelper] }),
    cwd: server.project,
    env: { ...variables, CLAUDE_CODE_MCP_SERVER_NAME: server.name, CLAUDE_CODE_MCP_SERVER_URL: url },
    timeoutMs: HELPER_MS,
    maxBytes: MOST_OUTPUT,
  });
  if (ended.killed === "timeout") throw failed(server, `took longer than ${HELPER_MS / 1000} s`);
  if (ended.failure !== undefined) throw failed(server, `could not be started: ${ended.failure}`);
  if (ended.code !== 0) throw failed(server, ended.code === undefined ? "was killed" : `ended with ${ended.code}`);
  return usable(server, { ...headers, ...printed(server, ended.stdout) });
}

/** What `fetch` would say of one that is none has its value in it. */
function usable({ name }: Server, headers: Readonly<Record<string, string>>): Record<string, string> {
  const bad = Object.entries(headers).find((header) => {
    try {
      new Headers([header]);
      return false;
    } catch {
      return true;
    }
  });
  if (bad === undefined) return { ...headers };
  throw new CodexPlusError("CP_MCP_SERVER", `The header ${JSON.stringify(bad[0])} of ${name} is none that can be sent`);
}

/** Without what was printed, which is secret. */
function printed(server: Server, output: string): Record<string, string> {
  try {
    return headersSchema.parse(JSON.parse(output));
  } catch {
    throw failed(server, "printed no JSON object of headers");
  }
}

function failed({ name }: Server, how: string): CodexPlusError {
  return new CodexPlusError("CP_MCP_SERVER", `The headersHelper of ${name} ${how}`);
}

/**
 * A `fetch` in which requests to a server carry its headers, and those to anybody else, such as the server where one logs
 * in, do not. What it says itself (`content-type`) gives way.
 */
export function withHeaders(url: URL, headers: Readonly<Record<string, string>>, reach: FetchLike): FetchLike {
  return (address, init) => {
    if (new URL(address).origin !== url.origin) return reach(address, init);
    const all = new Headers(init?.headers);
    for (const [name, value] of Object.entries(headers)) all.set(name, value);
    return reach(address, { ...init, headers: all });
  };
}
