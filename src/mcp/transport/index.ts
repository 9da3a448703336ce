/** The way to a server, whichever it is. */
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { FetchLike, Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { Server } from "../mcp.ts";
import type { Access } from "../oauth/access.ts";
import { bounded } from "./bounded.ts";
import { headersOf, withHeaders } from "./headers.ts";
import type { ServerLog } from "./stderr.ts";
import { StdioTransport } from "./stdio.ts";
import { WebSocketTransport } from "./ws.ts";

export interface WayOptions {
  /** What programs are given beside their own variables. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: ServerLog;
  readonly access: Pick<Access, "provider" | "fetch"> | undefined;
  readonly fetch: FetchLike;
}

/** A transport that is not started yet. @throws Error where the definition makes no sense, CodexPlusError of its helper */
export async function wayTo(server: Server, { env, log, access, fetch }: WayOptions): Promise<Transport> {
  const { config, project } = server;
  const { type, command, args, url } = config;
  if (type === "stdio") {
    if (command === undefined) throw new Error("its definition has no command");
    return new StdioTransport({
      command,
      args,
      cwd: project,
      env: { ...env, CLAUDE_PROJECT_DIR: project, ...config.env },
      log,
    });
  }
  if (url === undefined || !URL.canParse(url)) throw new Error("its url is none");
  const { address, login } = withoutLogin(new URL(url));
  const headers = { ...login, ...(await headersOf(server, env)) };
  if (type === "ws") return new WebSocketTransport(address, headers);
  const flooded = () => {
    log.note("it sent a message of more than 64 MiB");
    void transport.close();
  };
  const options = {
    fetch: bounded(withHeaders(address, headers, access?.fetch ?? fetch), flooded),
    ...(access && { authProvider: access.provider }),
  };
  // The SDK's classes declare `onclose?` without `undefined`, which its own interface allows.
  const transport = (
    type === "http" ? new StreamableHTTPClientTransport(address, options) : new SSEClientTransport(address, options)
  ) as Transport;
  return transport;
}

/** `fetch` takes no address with a login in it: it goes as the header that it stands for. */
function withoutLogin(url: URL): { readonly address: URL; readonly login: Readonly<Record<string, string>> } {
  const { username, password } = url;
  if (username === "" && password === "") return { address: url, login: {} };
  const address = new URL(url);
  address.username = "";
  address.password = "";
  const basic = Buffer.from(decodeURIComponent(`${username}:${password}`)).toString("base64");
  return { address, login: { authorization: `Basic ${basic}` } };
}
