/** A room of MCP servers in a temporary folder, with servers that stand in no file. */
import { createHash } from "node:crypto";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { pino } from "pino";
import { Mcp, type McpOptions } from "../../src/mcp/index.ts";
import type { Caller, Server, ServerConfig } from "../../src/mcp/mcp.ts";
import { createFetch } from "../../src/transport/fetch.ts";

const BIN = join(import.meta.dirname, "../../node_modules/.bin");

export interface TestRoom {
  readonly mcp: Mcp;
  readonly project: string;
  /** CODEX_PLUS_HOME. */
  readonly home: string;
  /** Puts a server into the project, in the place of the one of this name. */
  add(name: string, config: Partial<ServerConfig>, more?: Partial<Server>): Server;
  remove(name: string): void;
  caller(more?: Partial<Caller>): Caller;
  /** Another room on the same folder. */
  again(): TestRoom;
  close(): Promise<void>;
}

export async function testRoom(more: Partial<McpOptions> = {}): Promise<TestRoom> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "plus-mcp-")));
  const room = roomIn(folder, more);
  return {
    ...room,
    async close() {
      await room.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function roomIn(folder: string, more: Partial<McpOptions>): TestRoom {
  const servers = new Map<string, Server>();
  const mcp = new Mcp({
    sources: {
      set: () => Promise.resolve({ servers: [...servers.values()], problems: [] }),
      any: () => servers.size > 0,
    },
    offers: join(folder, "home", "mcp-offers.json"),
    logs: join(folder, "home", "logs"),
    env: process.env,
    fetch: createFetch({}),
    log: pino({ level: "silent" }),
    startMs: 20_000,
    callMs: 20_000,
    idleMs: 600_000,
    outputTokens: 25_000,
    ...more,
  });
  return {
    mcp,
    project: folder,
    home: join(folder, "home"),
    add(name, config, rest = {}) {
      const full = { type: "stdio" as const, args: [], env: {}, headers: {}, ...config };
      const server: Server = {
        name,
        key: name,
        scope: "user",
        file: join(folder, "mcp.json"),
        project: folder,
        config: full,
        digest: createHash("sha256")
          .update(JSON.stringify([name, folder, full]))
          .digest("hex"),
        missing: [],
        ...rest,
      };
      servers.set(name, server);
      return server;
    },
    remove: (name) => void servers.delete(name),
    caller: (rest = {}) => ({ project: folder, client: "test", signal: new AbortController().signal, ...rest }),
    again: () => roomIn(folder, more),
    close: () => mcp.close(),
  };
}

/** A real server of the npm registry: `everything`, `filesystem`, `memory`, `sequential-thinking`. */
export function realServer(name: string, ...args: string[]): Partial<ServerConfig> {
  return { command: join(BIN, `mcp-server-${name}`), args };
}

/** `faulty-process.ts`, which does something wrong at its start. */
export function faultyServer(how: string): Partial<ServerConfig> {
  return { command: process.execPath, args: [join(import.meta.dirname, "faulty-process.ts"), how] };
}

export function textOf({ content }: CallToolResult): string {
  return content.map((block) => (block.type === "text" ? block.text : `<${block.type}>`)).join("\n");
}

/** Asks until there is an answer, at most ten seconds. */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("it did not come to pass");
}

/** Whether a process runs. */
export function alive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}
