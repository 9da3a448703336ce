/** `codex-plus status`: what the running proxy says of itself. */
import type { Command, OptionValues } from "commander";
import { readToken } from "../config/token.ts";
import { askHealth, askStatus, configuredUrl } from "./control.ts";
import { EXIT, Exit } from "./exit.ts";
import { settingsOf, verb } from "./flags.ts";

export function statusCommand(): Command {
  return verb("status", "what the running proxy does", ["status", "status --json"])
    .option("--port <n>", "port of the proxy (default: 3000)")
    .option("--json", "as JSON")
    .action(status);
}

async function status(flags: OptionValues): Promise<void> {
  const { config } = settingsOf({ port: flags.port });
  const url = configuredUrl(config);
  const { home } = config.environment;
  const health = await askHealth(url, home);
  if (typeof health !== "object") {
    if (flags.json) console.log(JSON.stringify({ ok: false, url }));
    const who = health === "stranger" ? "Something else than Codex-Plus" : "Nothing";
    console.error(`${who} answers at ${url}. To start it: codex-plus serve, or codex-plus service install`);
    throw new Exit(EXIT.notRunning);
  }
  const full = await askStatus(url, health.home === home ? await readToken(home) : undefined);
  if (flags.json) return console.log(JSON.stringify({ ...health, url, ...full }, null, 2));
  const { name: _, ok: __, ...facts } = { ...health, ...full };
  console.log(`Codex-Plus answers at ${url}`);
  for (const [name, value] of Object.entries(facts))
    console.log(`  ${name.padEnd(16)}${typeof value === "object" ? JSON.stringify(value) : value}`);
}
