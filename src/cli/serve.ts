/** `codex-plus serve`: the proxy in the foreground. */
import type { Command, OptionValues } from "commander";
import type { Config } from "../config/schema.ts";
import { CodexPlusError } from "../errors.ts";
import { VERSION } from "../lib/version.ts";
import { askHealth, configuredUrl } from "./control.ts";
import { settingsOf, verb, withAddress, withRoute } from "./flags.ts";
import { describeOwner } from "./port-owner.ts";
import { stopSignal } from "./signals.ts";

export function serveCommand(): Command {
  const command = verb("serve", "run the proxy until Ctrl-C", [
    "serve",
    "serve --port 4000 --upstream http://127.0.0.1:8080/v1",
    "serve --ensure   # fine if one runs there already",
  ]);
  return withRoute(withAddress(command))
    .option("--allow-remote", "let --host be an address that other machines reach; every route then asks for the token")
    .option("--ensure", "end with success when a Codex-Plus serves on that port already")
    .option("--json", "print the address as one line of JSON")
    .action(serve);
}

async function serve(flags: OptionValues): Promise<void> {
  const { config } = settingsOf(flags);
  if (flags.ensure && (await servesAlready(config, flags))) return;
  const { startApp } = await import("../app.ts");
  const stopped = stopSignal();
  const app = await startApp(config).catch(async (error: unknown) => {
    if (!(error instanceof CodexPlusError) || error.code !== "CP_PORT_TAKEN") throw error;
    if (flags.ensure && (await servesAlready(config, flags))) return undefined;
    throw await portTaken(config, error);
  });
  if (!app) return;
  announce(flags, { url: app.url, host: app.host, port: app.port, pid: process.pid, version: VERSION }, () => {
    const to = config.upstream ?? config.upstreams.chatgpt;
    return `Codex-Plus ${VERSION} serves ${app.url} for ${to} (transport ${config.transport}). Ctrl-C ends it.`;
  });
  await stopped;
  await app.stop();
}

/** True, and said, when a Codex-Plus answers where ours would listen. Port 0 is nobody's. */
async function servesAlready(config: Config, flags: OptionValues): Promise<boolean> {
  if (config.server.port === 0) return false;
  const url = configuredUrl(config);
  const health = await askHealth(url, config.environment.home);
  if (typeof health !== "object") return false;
  const { version, pid, port, startedAt } = health;
  announce(flags, { url, host: config.server.host, port, pid, version, already: true }, () => {
    return `Codex-Plus ${version} serves ${url} already (pid ${pid}, since ${startedAt}).`;
  });
  return true;
}

function announce(flags: OptionValues, data: object, sentence: () => string): void {
  console.log(flags.json ? JSON.stringify(data) : sentence());
}

/** The error with the name of whoever has the port. */
async function portTaken(config: Config, cause: CodexPlusError): Promise<CodexPlusError> {
  const owner = await describeOwner(config);
  return new CodexPlusError("CP_PORT_TAKEN", `port ${config.server.port} is taken by ${owner}`, { cause });
}
