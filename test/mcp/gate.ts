/** The gateway behind its control route, and the guard before it, on a port of its own. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createLogger } from "../../src/log.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../../src/mcp/gateway/index.ts";
import type { McpRoom } from "../../src/mcp/mcp.ts";
import { createControl } from "../../src/server/control.ts";
import { createGuard } from "../../src/server/guard.ts";
import { Records } from "../../src/server/record.ts";

export interface Gate {
  readonly gateway: Gateway;
  readonly port: number;
  /** With the token in its path. */
  url(name?: string): URL;
  close(): Promise<void>;
}

export const TOKEN = "t".repeat(43);

export async function openGate(room: McpRoom, more: Partial<GatewayOptions> = {}): Promise<Gate> {
  const log = createLogger("silent");
  const gateway = createGateway({ room, elsewhere: "/home", answerMs: 5000, bodyBytes: 1024 ** 2, log, ...more });
  const guard = createGuard({ host: "127.0.0.1", hosts: [], token: TOKEN });
  const nobody = { name: "codex-plus", version: "0", pid: 0, port: 0, home: "", upstream: "", transport: "" } as const;
  const control = createControl({
    identity: () => ({ ...nobody, startedAt: "" }),
    trusts: () => true,
    records: new Records(log),
    transport: () => ({}),
    sockets: () => 0,
    hookBytes: 1024,
    mcp: gateway,
    recording: () => undefined,
  });
  const server = createServer((request, response) => {
    try {
      const admitted = guard.admit(request.url ?? "/", request.rawHeaders);
      guard.admitControl(admitted, request.rawHeaders);
      request.url = admitted.url;
      control(request, response);
    } catch {
      response.writeHead(401).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    gateway,
    port,
    url: (name) => new URL(`http://127.0.0.1:${port}/k/${TOKEN}/_plus/mcp${name === undefined ? "" : `/${name}`}`),
    async close() {
      await gateway.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
