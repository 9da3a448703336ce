/** The whole proxy with a person's hooks and real MCP servers, a backend behind it, and a client of its gateway. */
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { type App, startApp } from "../../src/app.ts";
import { settingsSchema } from "../../src/config/schema.ts";
import { createLogger } from "../../src/log.ts";
import { type Mock, startMock } from "../../src/testing/mock/index.ts";

const BIN = join(import.meta.dirname, "../../node_modules/.bin");

export interface HookedScene {
  readonly project: string;
  readonly mock: Mock;
  readonly app: App;
  /** The recorder's database; whole once the scene is closed or `app` has stopped. */
  readonly database: string;
  readonly client: Client;
  /** The person's hooks from here on: event to groups. */
  hooks(hooks: object): Promise<void>;
  /** Calls a tool through the gateway. @param meta as Codex has it */
  call(name: string, input?: object, meta?: object): Promise<CallToolResult>;
  /** What hooks have written into a file of the project, one JSON text a line. */
  told(file: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export async function hookedScene(): Promise<HookedScene> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "codex-plus-calls-")));
  const [user, project, home] = [join(root, "home"), join(root, "project"), join(root, "plus")];
  await mkdir(project);
  const write = async (file: string, content: object): Promise<void> => {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(content));
  };
  await write(join(user, ".claude.json"), {
    mcpServers: {
      memory: { command: join(BIN, "mcp-server-memory"), env: { MEMORY_FILE_PATH: join(root, "memory.jsonl") } },
      "every-thing": { command: join(BIN, "mcp-server-everything") },
    },
  });
  const mock = await startMock();
  const settings = settingsSchema.parse({ server: { port: 0 }, upstream: mock.url, transport: "native" });
  const environment = { home, codexHome: join(root, "codex"), user, managed: join(root, "no") };
  const app = await startApp({ ...settings, environment }, { log: createLogger("silent") });
  const token = (await readFile(join(home, "token"), "utf8")).trim();
  const client = new Client({ name: "test-client", version: "1" });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${app.url}/_plus/mcp`), {
      requestInit: {
        headers: { authorization: `Bearer ${token}`, "x-codex-plus-project": encodeURIComponent(project) },
      },
    }),
  );
  return {
    project,
    mock,
    app,
    database: join(home, "plus.db"),
    client,
    hooks: (hooks) => write(join(user, ".claude", "settings.json"), { hooks }),
    call: async (name, input = {}, meta = {}) =>
      (await client.callTool({ name, arguments: { ...input }, _meta: { ...meta } })) as CallToolResult,
    told: async (file) => {
      const text = await readFile(join(project, file), "utf8").catch(() => "");
      return text
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    },
    async close() {
      await client.close();
      await app.stop();
      await mock.stop();
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** What Codex tells of a call. */
export function codexMeta(thread: string, call: string, turn = "turn-1", session = thread): object {
  return { threadId: thread, sessionId: session, callId: call, "x-codex-turn-metadata": { turn_id: turn } };
}

interface Group {
  readonly matcher: string;
  readonly hooks: readonly object[];
}

/** A group that runs these commands for what the matcher fits. */
export function group(matcher: string, ...commands: string[]): Group {
  return { matcher, hooks: commands.map((command) => ({ type: "command", command })) };
}

/** A command that notes what it is told and prints this. */
export function notes(file: string, output?: object): string {
  return `{ cat; echo; } >> ${file}${output === undefined ? "" : `; echo '${JSON.stringify(output)}'`}`;
}
