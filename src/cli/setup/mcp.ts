/** Our gateway in Codex's config.toml: a table at its end, which no other byte of the file has to change for. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import type { TomlTable } from "smol-toml";
import { homes } from "../../config/paths.ts";
import type { Config } from "../../config/schema.ts";
import type { ServerStatus } from "../../mcp/mcp.ts";
import { GATEWAY } from "../../mcp/names.ts";
import { parseToml } from "./edit.ts";
import { textOf } from "./file.ts";

export const OWN_ENTRY = `Codex has an MCP server "${GATEWAY}" of your own, so yours are not offered through Codex-Plus; give it another name`;
const NOTE = "# added by codex-plus: your MCP servers, all behind one; `codex-plus setup --undo` takes it out";
/** Above what a call may take here, so that the answer that it took too long still arrives. In seconds. */
const MARGIN = 5;
const SERVE = ["mcp", "serve"];

/** Whose the entry in a configuration is: the one that `setup` writes (whatever version of us it starts), or a person's. */
export function entryIn(config: TomlTable): "none" | "ours" | "other" {
  const { [GATEWAY]: entry } = tableOf(config.mcp_servers);
  if (entry === undefined) return "none";
  const { args } = tableOf(entry);
  return Array.isArray(args) && isDeepStrictEqual(args.slice(-SERVE.length), SERVE) ? "ours" : "other";
}

/** The same of Codex's own config.toml; a broken one has none. */
export async function readEntry({ environment }: Config): Promise<"none" | "ours" | "other"> {
  const text = (await textOf(join(environment.codexHome, "config.toml"))) ?? "";
  try {
    return entryIn(parseToml(text));
  } catch {
    return "none";
  }
}

/** How long Codex has to wait for a tool, in seconds. */
export function toolSeconds({ mcp }: Config, servers: readonly ServerStatus[] = []): number {
  const longest = Math.max(mcp.callMs, ...servers.map(({ server }) => server.config.timeoutMs ?? 0));
  return Math.ceil(longest / 1000) + MARGIN;
}

/** The table that has Codex start `codex-plus mcp serve`, for a file with this kind of line ends. */
export function serverLines(text: string, config: Config): string {
  const end = /\r?\n/.exec(text)?.[0] ?? "\n";
  const before = text === "" ? "" : text.endsWith("\n") ? end : `${end}${end}`;
  const script = fileURLToPath(new URL("../../../bin/codex-plus.js", import.meta.url));
  const { home } = config.environment;
  // Codex hands few variables on to the servers it starts.
  const elsewhere = home !== homes({}, "/").home;
  const lines = [
    NOTE,
    `[mcp_servers.${GATEWAY}]`,
    `command = ${JSON.stringify(process.execPath)}`,
    `args = [${[script, ...SERVE].map((arg) => JSON.stringify(arg)).join(", ")}]`,
    ...(elsewhere ? [`env = { CODEX_PLUS_HOME = ${JSON.stringify(home)} }`] : []),
    `tool_timeout_sec = ${toolSeconds(config)}`,
    "",
  ];
  return before + lines.join(end);
}

/** The text with those lines behind it; undefined where its own servers are written in a form that a table cannot follow. */
export function addServer(text: string, lines: string): string | undefined {
  try {
    const { [GATEWAY]: ours, ...servers } = tableOf(parseToml(text + lines).mcp_servers);
    return ours !== undefined && isDeepStrictEqual(servers, tableOf(parseToml(text).mcp_servers))
      ? text + lines
      : undefined;
  } catch {
    return undefined;
  }
}

/** What Codex writes below our table when a person allows a tool for good; without our table it would not start. */
const BELOW = new RegExp(`^\\[mcp_servers\\.${GATEWAY}\\.[^\\n]*\\n(?:(?!\\[)[^\\n]*(?:\\n|$))*`, "gm");

/** The text without lines that we added, and what Codex has put below them; as it is where somebody has changed them. */
export function removeServer(text: string, lines: string): string {
  const at = text.indexOf(lines);
  if (at < 0) return text;
  const rest = text.slice(0, at) + text.slice(at + lines.length);
  try {
    return entryIn(parseToml(rest)) === "none" ? rest : rest.replaceAll(BELOW, "");
  } catch {
    return rest;
  }
}

function tableOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
