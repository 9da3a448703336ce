/** The ways to call a tool of server-everything: it, or what stands before it, is a process of its own each time. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const EVERYTHING = file("../../node_modules/@modelcontextprotocol/server-everything/dist/index.js");
const MAIN = file("../../src/cli/main.ts");

export interface Way {
  readonly name: string;
  /** Calls `echo`. */
  call(): Promise<unknown>;
  stop(): Promise<void>;
}

/** A Codex-Plus that runs. */
export interface RunningProxy {
  readonly url: string;
  readonly token: string;
  stop(): Promise<void>;
}

export async function direct(): Promise<Way> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [EVERYTHING, "stdio"],
    stderr: "ignore",
  });
  return way("server-everything on stdio", transport, "echo");
}

export async function overHttp(): Promise<Way> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  const port = typeof address === "object" ? String(address?.port) : "";
  probe.close();
  await once(probe, "close");
  const child = spawn(process.execPath, [EVERYTHING, "streamableHttp"], {
    env: { ...process.env, PORT: port },
    stdio: ["ignore", "ignore", "pipe"],
  });
  // It says so when it listens.
  await once(createInterface({ input: child.stderr }), "line");
  const transport = new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`));
  return way("server-everything over HTTP", transport, "echo", () => ended(child));
}

export async function gateway({ url, token }: RunningProxy): Promise<Way> {
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  const transport = new StreamableHTTPClientTransport(new URL(`${url}/_plus/mcp`), { requestInit });
  return way("the gateway, which has it on stdio", transport, "everything__echo");
}

/** @param servers whether server-everything is one of the person's servers; without it MCP is off */
export async function proxy(folder: string, upstream: string, servers: boolean): Promise<RunningProxy> {
  const home = join(folder, "plus");
  mkdirSync(home, { recursive: true, mode: 0o700 });
  writeFileSync(join(home, "config.json"), JSON.stringify({ mcp: { enabled: servers, legs: 128 } }), { mode: 0o600 });
  const everything = { command: process.execPath, args: [EVERYTHING, "stdio"] };
  writeFileSync(join(home, "mcp.json"), JSON.stringify({ mcpServers: { everything } }), { mode: 0o600 });
  const child = spawn(
    process.execPath,
    [MAIN, "serve", "--port", "0", "--upstream", upstream, "--json", "--log", "silent"],
    { env: { PATH: process.env.PATH, HOME: folder, CODEX_PLUS_HOME: home }, stdio: ["ignore", "pipe", "inherit"] },
  );
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return {
    url: JSON.parse(line).url,
    token: readFileSync(join(home, "token"), "utf8").trim(),
    stop: () => ended(child),
  };
}

async function way(name: string, transport: Transport, tool: string, stop = async () => {}): Promise<Way> {
  const client = new Client({ name: "bench", version: "1" });
  await client.connect(transport);
  return {
    name,
    call: () => client.callTool({ name: tool, arguments: { message: "hello" } }),
    async stop() {
      await client.close();
      await stop();
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}
