/** `codex-plus mcp logout NAME`: the server takes back what let us in, and it is forgotten here in any case. */
import type { Command } from "commander";
import { pathsOf } from "../../config/paths.ts";
import { type LoggedOut, logOut } from "../../mcp/oauth/logout.ts";
import { LoginStore } from "../../mcp/oauth/store.ts";
import { createFetch } from "../../transport/fetch.ts";
import { verb } from "../flags.ts";
import { oneLine } from "../terminal/text.ts";
import { findServer } from "./find.ts";
import { openServers } from "./open.ts";

const HOW: Readonly<Record<LoggedOut, string>> = {
  revoked: "the server has taken the login back, and it is forgotten here",
  forgotten: "the login is forgotten here; the server has no way to take it back",
  failed: "the login is forgotten here; the server did not take it back, so end it there as well",
  none: "there was no login",
};

export function logoutCommand(): Command {
  return verb("logout", "forget a login, and have the server take it back", ["mcp logout docs"])
    .argument("<name>", "also of a server that is written down no more")
    .action(logout);
}

async function logout(name: string): Promise<void> {
  const files = openServers();
  const store = new LoginStore(pathsOf(files.config.environment.home).mcpLogins);
  const { servers } = await files.sources.set(files.folder);
  const here = servers.find((server) => server.name === name);
  const left = here === undefined ? await store.named(name) : [here];
  const all = left.length > 0 ? left : [await findServer(files, name)];
  const fetch = createFetch(files.config.environment);
  for (const server of all) console.log(`${oneLine(server.name)}: ${HOW[await logOut(server, store, fetch)]}.`);
}
