/** `codex-plus mcp login NAME`: letting the proxy in at a remote server, by a login in the browser. */
import { createInterface } from "node:readline";
import { type Command, InvalidArgumentError, type OptionValues } from "commander";
import { shellVariables } from "../../config/environment.ts";
import { pathsOf } from "../../config/paths.ts";
import { CodexPlusError } from "../../errors.ts";
import type { Server } from "../../mcp/mcp.ts";
import { logsIn } from "../../mcp/oauth/access.ts";
import { logIn } from "../../mcp/oauth/login.ts";
import { LoginStore } from "../../mcp/oauth/store.ts";
import { headersOf, withHeaders } from "../../mcp/transport/headers.ts";
import { serverVariables } from "../../serving-mcp.ts";
import { createFetch } from "../../transport/fetch.ts";
import { verb } from "../flags.ts";
import { oneLine } from "../terminal/text.ts";
import { findUsable } from "./find.ts";
import { openServers } from "./open.ts";
import { clientSecret } from "./secret.ts";

export function loginCommand(): Command {
  return verb("login", "log in to a remote server in the browser; what comes of it is kept for the proxy", [
    "mcp login docs",
    "mcp login docs --no-browser      # shows the address only, for a machine without a browser",
    "mcp login docs --client-secret   # asks for the secret of oauth.clientId first, and keeps it",
  ])
    .argument("<name>")
    .option("--no-browser", "do not open a browser")
    .option("--client-secret", "ask for the client's secret, or take it from MCP_CLIENT_SECRET")
    .option("--timeout <seconds>", "how long to wait for the browser", secondsOf, 300)
    .action(login);
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0 && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError("It has to be a number of seconds, a day at most.");
}

async function login(name: string, flags: OptionValues): Promise<void> {
  const files = openServers();
  const server = await findUsable(files, name);
  const url = addressOf(server);
  const store = new LoginStore(pathsOf(files.config.environment.home).mcpLogins);
  if (flags.clientSecret) await store.keepSecret(server, await clientSecret(shellVariables()));
  const signal = AbortSignal.timeout(flags.timeout * 1000);
  const headers = await headersOf(server, serverVariables());
  let reading: { close(): void } | undefined;
  const show = async (address: URL, take: (address: string) => boolean) => {
    console.error(`To log in at ${oneLine(server.name)}, open this address:\n\n  ${address}\n`);
    console.error(`Waiting ${flags.timeout} s. From a browser on another machine: paste the address it ends at here.`);
    reading = readAddresses(take);
    if (flags.browser) await openBrowser(address);
  };
  try {
    const ended = await logIn({
      server,
      store,
      fetch: withHeaders(url, headers, createFetch(files.config.environment)),
      show,
      signal,
    });
    if (ended === "done") console.log(`Logged in at ${oneLine(server.name)}. Nothing has to be restarted.`);
    else console.log(`${oneLine(server.name)} asks for no login.`);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new CodexPlusError("CP_MCP_LOGIN", `The login at ${server.name} was not over within ${flags.timeout} s`);
  } finally {
    reading?.close();
  }
}

/** @throws CodexPlusError CP_USAGE where a login is not what lets us in */
function addressOf(server: Server): URL {
  const { config, name } = server;
  if (config.type === "stdio") throw new CodexPlusError("CP_USAGE", `${name} is a program: it has no login`);
  if (!logsIn(server)) throw new CodexPlusError("CP_USAGE", `${name} is let in by its headers: it has no login`);
  if (URL.canParse(config.url ?? "")) return new URL(config.url ?? "");
  throw new CodexPlusError("CP_USAGE", `the address of ${name} is none`);
}

function readAddresses(take: (address: string) => boolean): { close(): void } {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    const text = line.trim();
    if (text !== "" && !take(text)) console.error("That is not the address that this login ends at.");
  });
  return lines;
}

/** Where there is none, the address that was printed is all there is. */
async function openBrowser(address: URL): Promise<void> {
  const { default: open } = await import("open");
  try {
    const browser = await open(address.href);
    browser.once("error", () => undefined);
  } catch {
    console.error("No browser could be opened.");
  }
}
