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
 * All headers of a server as they are now. A helper is run each time.
 * @param variables what the helper finds in its environment, beside the server's name and address
 * @throws CodexPlusError CP_MCP_SERVER when the helper fails, or prints something else
 */
export async function headersOf(server: Server, variables: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const { headers, headersHelper, url } = server.config;
  if (headersHelper === undefined) return { ...headers };
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
  return { ...headers, ...printed(server, ended.stdout) };
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
 * The `fetch` of one connection, in which requests to the server carry its headers, and those to anybody else do not. Where
 * a request is refused (401, 403) the helper is asked again, once, and the request repeated if it now says something else.
 */
export function withHeaders(server: Server, variables: NodeJS.ProcessEnv, fetch: FetchLike): FetchLike {
  const { url = "", headersHelper } = server.config;
  const { origin } = new URL(url);
  let known: Promise<Record<string, string>> | undefined;
  let asking: Promise<Record<string, string>> | undefined;
  const current = () => {
    known ??= headersOf(server, variables).catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
  /** Of many that are refused at once one asks the helper. */
  const again = () => {
    asking ??= headersOf(server, variables).finally(() => {
      known = asking;
      asking = undefined;
    });
    return asking;
  };
  return async (address, init) => {
    if (new URL(address).origin !== origin) return fetch(address, init);
    const sent = await current();
    const response = await fetch(address, { ...init, headers: over(init?.headers, sent) });
    if (headersHelper === undefined || (response.status !== 401 && response.status !== 403)) return response;
    const now = await again();
    if (JSON.stringify(now) === JSON.stringify(sent)) return response;
    await response.body?.cancel();
    return fetch(address, { ...init, headers: over(init?.headers, now) });
  };
}

function over(given: ConstructorParameters<typeof Headers>[0], ours: Readonly<Record<string, string>>): Headers {
  const headers = new Headers(given);
  for (const [name, value] of Object.entries(ours)) headers.set(name, value);
  return headers;
}
