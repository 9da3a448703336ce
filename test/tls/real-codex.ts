/** The hello of the real Codex CLI: it is pointed at a listener of ours and killed as soon as that has heard it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fetchCodex } from "../../scripts/fetch-codex.ts";
import { listenForHellos } from "./hellos.ts";

export type Wire = "http" | "websocket";

/** @returns the JA4 of what Codex shows to https://localhost */
export async function helloOfCodex(wire: Wire, environment: Record<string, string> = {}): Promise<string> {
  const executable = await fetchCodex();
  const home = await mkdtemp(join(tmpdir(), "codex-hello-"));
  const hellos = await listenForHellos();
  const provider = [
    'name = "hello"',
    `base_url = "https://localhost:${hellos.port}"`,
    'wire_api = "responses"',
    'env_key = "HELLO_KEY"',
    `supports_websockets = ${wire === "websocket"}`,
  ];
  const settings = ['model_provider="hello"', `model_providers.hello={${provider.join(", ")}}`];
  const codex = spawn(
    executable,
    ["exec", "--skip-git-repo-check", ...settings.flatMap((pair) => ["-c", pair]), "hi"],
    {
      cwd: home,
      // Nothing else of the environment: SSL_CERT_FILE alone would give Codex another TLS library. The dead proxy keeps
      // whatever else it might ask for on this machine.
      env: {
        PATH: process.env.PATH,
        HOME: home,
        CODEX_HOME: home,
        HELLO_KEY: "sk-test",
        HTTPS_PROXY: "http://127.0.0.1:9",
        NO_PROXY: "localhost",
        ...environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    },
  );
  try {
    return await Promise.race([hellos.first, endOf(codex)]);
  } finally {
    await kill(codex);
    await hellos.close();
    await rm(home, { recursive: true, force: true });
  }
}

/** Rejects with what Codex printed, should it end by itself. */
async function endOf(codex: ChildProcess): Promise<never> {
  let printed = "";
  const note = (text: Buffer) => {
    printed += text;
  };
  codex.stdout?.on("data", note);
  codex.stderr?.on("data", note);
  await once(codex, "close");
  throw new Error(`codex ended without a TLS handshake:\n${printed}`);
}

/** Ends Codex and what it started: it leads its own process group. */
async function kill(codex: ChildProcess): Promise<void> {
  if (codex.pid === undefined || codex.exitCode !== null || codex.signalCode !== null) return;
  process.kill(-codex.pid, "SIGKILL");
  await once(codex, "exit");
}
