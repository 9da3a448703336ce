/** A process of its own with the same kept logins: `STORE URL`. Prints what the server's tool says. */
import type { Server } from "../../src/mcp/mcp.ts";
import { access } from "../../src/mcp/oauth/access.ts";
import { LoginStore } from "../../src/mcp/oauth/store.ts";
import { callOpen } from "./call-open.ts";

const [path = "", url] = process.argv.slice(2);
const server: Server = {
  name: "far",
  key: "far",
  scope: "user",
  file: "",
  project: "/",
  config: { type: "http", args: [], env: {}, headers: {}, url },
  digest: "0",
  missing: [],
};
process.stdout.write(await callOpen(server, access(server, new LoginStore(path))));
