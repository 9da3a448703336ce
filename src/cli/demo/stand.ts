/** What the demo stands on: a scripted backend, the real proxy before it, and a CODEX_HOME for a real Codex. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../config/load.ts";
import { writeCodexHome } from "../../testing/codex/home.ts";
import { type Mock, startMock } from "../../testing/index.ts";
import { demoModel } from "./model.ts";

export interface Stand {
  readonly mock: Mock;
  /** The proxy's address. */
  readonly url: string;
  /** A folder of its own for a Codex on this wire, with a demo key in it; nothing of the user's is read or changed. */
  codexHome(wire: "sse" | "ws"): string;
  /** Stops both servers and removes the folders. */
  stop(): Promise<void>;
}

/**
 * @param port for the proxy; 0 for any free one
 * @param pace of the model, between two words, in ms
 * @throws CodexPlusError CP_PORT_TAKEN
 */
export async function startStand(port: string, pace: number): Promise<Stand> {
  const folder = await mkdtemp(join(tmpdir(), "codex-plus-demo-"));
  const mock = await startMock({ model: demoModel(pace) });
  const release = async () => {
    await mock.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const { config } = loadConfig({
      flags: { port, upstream: mock.url, log: "silent" },
      environment: { CODEX_PLUS_HOME: join(folder, "plus"), CODEX_HOME: join(folder, "ws") },
      cwd: folder,
    });
    const { startApp } = await import("../../app.ts");
    const app = await startApp({ ...config, limits: { ...config.limits, stopMs: 0 } });
    const codexHome = (wire: string) => join(folder, wire);
    for (const wire of ["sse", "ws"] as const) {
      const accountUrl = `${mock.url}/backend-api`;
      await writeCodexHome(codexHome(wire), { modelUrl: app.url, accountUrl, credential: "apikey", wire });
    }
    return {
      mock,
      url: app.url,
      codexHome,
      stop: async () => {
        await app.stop();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}
