/** `codex-plus mcp`: the MCP servers that Codex and other clients are offered. One file a verb, below. */
import type { Command } from "commander";
import { verb } from "./flags.ts";
import { addCommand } from "./mcp/add.ts";
import { addJsonCommand } from "./mcp/add-json.ts";
import { getCommand } from "./mcp/get.ts";
import { importCommand } from "./mcp/import.ts";
import { listCommand } from "./mcp/list.ts";
import { loginCommand } from "./mcp/login.ts";
import { logoutCommand } from "./mcp/logout.ts";
import { removeCommand } from "./mcp/remove.ts";
import { serveCommand } from "./mcp/serve.ts";
import { testCommand } from "./mcp/test.ts";

export function mcpCommand(): Command {
  const command = verb("mcp", "add, list, try and log in to MCP servers", [
    "mcp add memory -- npx -y @modelcontextprotocol/server-memory",
    "mcp add --transport http docs https://mcp.example.com/mcp",
    "mcp list",
  ]).enablePositionalOptions();
  const verbs = [
    addCommand(),
    addJsonCommand(),
    removeCommand(),
    listCommand(),
    getCommand(),
    importCommand(),
    loginCommand(),
    logoutCommand(),
    testCommand(),
    serveCommand(),
  ];
  for (const one of verbs) command.addCommand(one);
  return command;
}
