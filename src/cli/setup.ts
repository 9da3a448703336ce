/** `codex-plus setup`: plain `codex` through the proxy, by one line in its config.toml; and back. */
import { confirm, isCancel } from "@clack/prompts";
import type { Command, OptionValues } from "commander";
import { pathsOf } from "../config/paths.ts";
import type { Config } from "../config/schema.ts";
import { CodexPlusError } from "../errors.ts";
import { installHooks } from "../hooking.ts";
import { isLoopback } from "../lib/loopback.ts";
import { createLogger } from "../log.ts";
import { createMcp } from "../serving-mcp.ts";
import { withoutProxyForLoopback } from "./codex.ts";
import { HOW_TO_APPROVE, readCodexHooks, wantsCodexHooks } from "./codex-hooks.ts";
import { askHealth, configuredUrl } from "./control.ts";
import { EXIT, Exit } from "./exit.ts";
import { settingsOf, verb } from "./flags.ts";
import { type Change, planSetup, planUndo } from "./setup/change.ts";
import { diff } from "./setup/diff.ts";
import { OWN_ENTRY, readEntry, serverLines } from "./setup/mcp.ts";

export function setupCommand(): Command {
  return verb("setup", "point plain `codex` at the proxy, reversibly; shows the change and asks first", [
    "setup",
    "setup --dry-run",
    "setup --undo",
  ])
    .option("--port <n>", "port of the proxy that Codex shall use (default: 3000)")
    .option("--hooks", "let Codex run our hook program too (default: where hooks for tool calls are configured)")
    .option("--no-hooks", "leave Codex's hooks alone")
    .option("--mcp", "let Codex have your MCP servers through Codex-Plus (default: where there are any)")
    .option("--no-mcp", "leave Codex's MCP servers alone")
    .option("--undo", "take the change back")
    .option("--dry-run", "only show what would change")
    .option("-y, --yes", "do not ask")
    .action(setup);
}

async function setup(flags: OptionValues): Promise<void> {
  const { config } = settingsOf({ port: flags.port });
  const state = pathsOf(config.environment.home).setup;
  if (flags.undo) {
    const change = await planUndo(state);
    if (!change) return console.log("Nothing to undo: codex-plus setup has changed nothing here.");
    if (await apply(change, flags, "setup --undo")) console.log(`${change.file} is as it was before setup.`);
    return;
  }
  const { host, port } = config.server;
  if (port === 0) throw new CodexPlusError("CP_CONFIG_INVALID", "setup needs a fixed port, not 0");
  if (!isLoopback(host)) {
    const why =
      "which other machines reach: every client needs the token there, and Codex's configuration is no place for it";
    throw new CodexPlusError("CP_CONFIG_INVALID", `server.host is ${host}, ${why}; use codex-plus run`);
  }
  const url = configuredUrl(config);
  const program = await hookProgram(config, flags);
  const server = await mcpServer(config, flags);
  const change = await planSetup(config.environment.codexHome, state, url, program, server);
  if (!change) console.log(`Codex points to ${url} already; nothing to change.`);
  else if (!(await apply(change, flags, "setup"))) return;
  else console.log(`${change.file} points Codex to ${url}. To take it back: codex-plus setup --undo`);
  await tellWhatIsMissing(config, url);
  if (program !== undefined && (await readCodexHooks(config)).waiting.length > 0) console.log(HOW_TO_APPROVE);
}

/** The program that Codex's hooks shall run, in its place on disk; undefined where they shall not. */
async function hookProgram(config: Config, flags: OptionValues): Promise<string | undefined> {
  const wanted = flags.hooks ?? (wantsCodexHooks(config, process.cwd()) || (await readCodexHooks(config)).registered);
  if (!wanted) return undefined;
  if (!flags.dryRun) await installHooks(config);
  return pathsOf(config.environment.home).hookProgram;
}

/** What is to stand in Codex's configuration for our MCP server; undefined where nothing is. */
async function mcpServer(config: Config, flags: OptionValues): Promise<((text: string) => string) | undefined> {
  const entry = await readEntry(config);
  const wanted = flags.mcp ?? (entry === "ours" || wantsServers(config));
  if (!wanted) return undefined;
  if (entry !== "other") return (text) => serverLines(text, config);
  console.error(OWN_ENTRY);
  return undefined;
}

function wantsServers(config: Config): boolean {
  const { enabled, register } = config.mcp;
  if (!enabled || register !== "auto") return enabled && register === "always";
  return createMcp(config, createLogger("silent")).any(process.cwd());
}

/** Shows the change, asks, carries it out. False: it was only shown. */
async function apply(change: Change, flags: OptionValues, name: string): Promise<boolean> {
  const lines = diff(change.before ?? "", change.after ?? "", change.file);
  console.log(change.before === change.after ? `${change.file} stays as it is.` : lines.join("\n"));
  if (flags.dryRun) return false;
  if (!flags.yes) {
    if (!process.stdin.isTTY) {
      console.error(`Nothing was changed: there is nobody to ask. To make this change: codex-plus ${name} --yes`);
      throw new Exit(EXIT.usage);
    }
    const answer = await confirm({ message: "Make this change?" });
    if (isCancel(answer) || !answer) {
      console.error("Nothing was changed.");
      throw new Exit(EXIT.failed);
    }
  }
  await change.carryOut();
  return true;
}

/** A Codex that points to a port where nobody answers waits for ever; one that goes through HTTP_PROXY never arrives. */
async function tellWhatIsMissing(config: Config, url: string): Promise<void> {
  if (typeof (await askHealth(url, config.environment.home)) !== "object") {
    console.log(
      `Nothing serves ${url} yet. Start it for good: codex-plus service install   (or for now: codex-plus serve)`,
    );
  }
  const { httpProxy, httpsProxy, noProxy } = config.environment;
  const wanted = withoutProxyForLoopback({ NO_PROXY: noProxy ?? "" }).NO_PROXY;
  if ((httpProxy || httpsProxy) && wanted !== noProxy) {
    console.log(
      `Codex sends even local addresses through HTTP_PROXY. Add to your shell's profile:\n  export NO_PROXY=${wanted}`,
    );
  }
}
