/**
 * Twenty MCP servers: four real ones, twelve small ones, one that never says a word, one that crashes, one that floods and
 * one that wants a login. Each is started, and none answers before it is let go.
 */
import { once } from "node:events";
import { createServer as createHttp } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";

const MODULES = join(import.meta.dirname, "../../node_modules/@modelcontextprotocol");
const real = (name: string, ...args: string[]) => [join(MODULES, `server-${name}`, "dist/index.js"), ...args];
const faulty = (how: string) => [join(import.meta.dirname, "faulty-process.ts"), how];

export const SMALL = Array.from({ length: 12 }, (_, index) => `small-${index + 1}`);

export interface Twenty {
  /** Their definitions. */
  readonly mcpServers: object;
  /** Settles when every one of them is there, and waits. */
  readonly started: Promise<void>;
  /** All but `hanging` do from now on what they do. */
  letGo(): void;
}

export async function twenty(t: TestContext, folder: string): Promise<Twenty> {
  const programs: Record<string, readonly string[]> = {
    everything: real("everything", "stdio"),
    filesystem: real("filesystem", folder),
    memory: real("memory"),
    "sequential-thinking": real("sequential-thinking"),
    hanging: faulty("well"),
    crashing: faulty("crash"),
    flooding: faulty("endless"),
    ...Object.fromEntries(SMALL.map((name) => [name, faulty("well")])),
  };
  const waiting = new Map<string, Socket>();
  const started = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const arrived = new Set<string>();
  let gone = false;
  const arrive = (name: string): void => {
    arrived.add(name);
    if (arrived.size === 20) started.resolve();
  };

  const gate = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (bytes) => {
      const name = String(bytes);
      arrive(name);
      if (gone && name !== "hanging") socket.destroy();
      else waiting.set(name, socket);
    });
  });
  const remote = createHttp((_, response) => {
    arrive("login");
    void go.promise.then(() => response.writeHead(401, { "www-authenticate": "Bearer" }).end());
  });
  for (const server of [gate, remote]) {
    await once(server.listen(0, "127.0.0.1"), "listening");
    t.after(() => server.close());
  }
  t.after(() => waiting.get("hanging")?.destroy());
  const portOf = (server: typeof gate): string => String((server.address() as AddressInfo).port);

  const held = (name: string, program: readonly string[]) => ({
    command: process.execPath,
    args: [join(import.meta.dirname, "held-process.ts"), portOf(gate), name, ...program],
    env: { MEMORY_FILE_PATH: join(folder, "memory.json") },
  });
  return {
    mcpServers: {
      ...Object.fromEntries(Object.entries(programs).map(([name, program]) => [name, held(name, program)])),
      login: { type: "http", url: `http://127.0.0.1:${portOf(remote)}/mcp` },
    },
    started: started.promise,
    letGo() {
      gone = true;
      go.resolve();
      for (const [name, socket] of waiting) if (name !== "hanging") socket.destroy();
    },
  };
}
