/** A backend, a way to it (direct, or through the proxy), and a CODEX_HOME that knows no other. One per test. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fetchCodex } from "../../scripts/fetch-codex.ts";
import { type App, startApp } from "../../src/app.ts";
import { type Config, settingsSchema } from "../../src/config/schema.ts";
import { createLogger } from "../../src/log.ts";
import { type CodexHome, writeCodexHome } from "../../src/testing/codex/home.ts";
import { type Mock, type MockOptions, startMock } from "../../src/testing/index.ts";
import type { Stage } from "../../src/turn.ts";

export const WIRES = ["sse", "ws"] as const;
export type Wire = (typeof WIRES)[number];
export type Credential = CodexHome["credential"];
export type Route = "direct" | "proxy";

export interface WorldOptions {
  readonly route: Route;
  readonly wire: Wire;
  readonly credential?: Credential;
  readonly stages?: readonly Stage[];
  readonly mock?: MockOptions;
  /** Of Codex; the usual one by default. */
  readonly version?: string;
  /** Further top-level lines of Codex's `config.toml`. */
  readonly codexConfig?: string;
}

export interface World {
  readonly options: WorldOptions;
  readonly mock: Mock;
  /** The executable of the real Codex. */
  readonly codex: string;
  /** Where Codex works, its HOME and its environment. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Ends the proxy, so that all it has recorded is written. @returns the path of its database */
  recorded(): Promise<string>;
  /** Has something done at the end. What began last ends first. */
  after(what: () => Promise<unknown>): void;
  close(): Promise<void>;
  /** A text with all that differs from run to run masked: ids, times, ports, folders. */
  masked(text: string): string;
}

/** Sets everything up; what was started ends with the test. */
export async function world(t: TestContext, options: WorldOptions): Promise<World> {
  const world = await openWorld(options);
  t.after(() => world.close());
  return world;
}

/** The same outside of tests: the caller closes it. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const { route, wire, credential = "chatgpt", codexConfig = "", version } = options;
  const ends: (() => Promise<unknown>)[] = [];
  const after = (end: () => Promise<unknown>) => void ends.push(end);
  const folder = await mkdtemp(join(tmpdir(), "codex-plus-e2e-"));
  after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const cwd = join(folder, "work");
  await mkdir(cwd);

  const mock = await startMock(options.mock);
  after(() => mock.stop());
  // Not `/backend-api/codex`: with a ChatGPT login Codex takes such a URL for its own backend, which must be https.
  const proxy = route === "direct" ? undefined : await startProxy(mock, folder, options.stages);
  if (proxy) after(() => proxy.stop());
  const modelUrl = proxy?.url ?? `${mock.url}/direct`;
  const codexHome = join(folder, "codex");
  const accountUrl = `${mock.url}/backend-api`;
  await writeCodexHome(codexHome, { modelUrl, accountUrl, credential, wire, config: codexConfig });

  return {
    options,
    mock,
    codex: await fetchCodex(version),
    cwd,
    // Nothing of ours: a proxy or key in the environment of the test run would change what is tested.
    environment: {
      PATH: process.env.PATH ?? "",
      HOME: folder,
      CODEX_HOME: codexHome,
      TERM: "xterm-256color",
      // What Codex listened to before it had a setting for it (0.98; ignored from 0.130).
      OPENAI_BASE_URL: modelUrl,
    },
    recorded: async () => {
      await proxy?.stop();
      return join(folder, "plus", "plus.db");
    },
    after,
    close: async () => {
      for (const end of ends.reverse()) await end();
    },
    masked: (text) => mask(text.replaceAll(modelUrl, "<model url>").replaceAll(folder, "<folder>")),
  };
}

async function startProxy(mock: Mock, folder: string, stages: readonly Stage[] | undefined): Promise<App> {
  const settings = settingsSchema.parse({
    server: { port: 0 },
    upstreams: { chatgpt: mock.url, openai: mock.url },
    limits: { stopMs: 0 },
  });
  const environment = { home: join(folder, "plus"), codexHome: join(folder, "codex"), user: folder };
  const config: Config = { ...settings, environment };
  return startApp(config, { log: createLogger("silent"), ...(stages && { stages }) });
}

function mask(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<id>")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
    .replaceAll(/127\.0\.0\.1:\d+/g, "<host>")
    .replaceAll(/(?<=^|[^\w.])\d+(\.\d+)? ?m?s\b/g, "<duration>");
}
