/** `codex-plus run`: Codex through the proxy with nothing changed on disk. */
import type { Command, OptionValues } from "commander";
import { toCodexPlusError } from "../errors.ts";
import { runChild } from "./child.ts";
import { findCodex, withoutProxyForLoopback } from "./codex.ts";
import { EXIT, Exit, tell } from "./exit.ts";
import { settingsOf, verb, withRoute } from "./flags.ts";
import { hookRoute, NO_HOOKS } from "./hook-route.ts";
import { type LocalProxy, localProxy } from "./local-proxy.ts";
import { withLogFile } from "./log-file.ts";
import { mcpRoute, NO_MCP } from "./mcp-route.ts";

export function runCommand(): Command {
  const command = verb("run", "run Codex through the proxy; all that follows goes to codex as it stands", [
    "run",
    'run exec "explain this repository"',
    "run --transport native resume --last",
    "run -- --help   # the help of codex itself",
  ]);
  return withRoute(command.option("--port <n>", "port of the proxy (default: 3000, or a free one if that is taken)"))
    .argument("[codex...]", "arguments of codex")
    .passThroughOptions()
    .action(run);
}

/**
 * The command line with `--` behind our own flags of `run`, so that commander leaves all the rest alone.
 * @param args what was typed behind `codex-plus`
 */
export function fenceRun(args: readonly string[]): readonly string[] {
  if (args[0] !== "run") return args;
  const own = runCommand().options.map((option) => option.long);
  let end = 1;
  for (let arg = args[end]; arg !== undefined; arg = args[end]) {
    if (["--help", "-h"].includes(arg) || arg === "--") return args;
    const [name] = arg.split("=", 1);
    if (!own.includes(name)) break;
    end += arg.includes("=") ? 1 : 2;
  }
  return [...args.slice(0, end), "--", ...args.slice(end)];
}

async function run(args: readonly string[], flags: OptionValues): Promise<void> {
  await runCodex(args, flags);
}

/**
 * Runs Codex through the proxy to its end.
 * @param cwd where; this process's own folder by default
 * @throws Exit always, with Codex's exit code
 */
export async function runCodex(args: readonly string[], flags: OptionValues, cwd?: string): Promise<never> {
  const env = { ...process.env };
  const codex = await findCodex(env.PATH ?? "");
  if (codex === undefined) {
    console.error("codex-plus: there is no `codex` on PATH.\nGet it with: npm install -g @openai/codex");
    throw new Exit(EXIT.noCodex);
  }
  const proxy = await openProxy(flags);
  const overrides = proxy ? ["-c", `openai_base_url="${proxy.url}"`] : [];
  const hooks = proxy ? await hookRoute(settingsOf(flags).config, proxy.url, args, cwd) : NO_HOOKS;
  const mcp = proxy ? await mcpRoute(settingsOf(flags).config, proxy.url, args, cwd) : NO_MCP;
  try {
    const variables = { ...env, ...withoutProxyForLoopback(env), ...hooks.variables, ...mcp.variables };
    throw new Exit(await runChild(codex, [...overrides, ...hooks.args, ...mcp.args, ...args], variables, cwd));
  } finally {
    await proxy?.stop();
  }
}

/** A person can always get out: without a proxy Codex runs as if we were not there, and is told so. */
async function openProxy(flags: OptionValues): Promise<LocalProxy | undefined> {
  try {
    return await localProxy(await withLogFile(settingsOf(flags).config, "run"));
  } catch (error) {
    console.error(`${tell(toCodexPlusError(error))}\ncodex-plus: running codex without the proxy.`);
    return undefined;
  }
}
