/** `[mcp_servers.NAME]` of Codex's config.toml. */
import { CodexPlusError } from "../../../errors.ts";
import { GATEWAY } from "../../../mcp/names.ts";
import { configOf } from "../../../mcp/sources/parse.ts";
import { parseToml } from "../../setup/edit.ts";
import { type Foreign, type Found, present, type Table, tableOf } from "./found.ts";

/** Fields that have a counterpart, or mean nothing to us. */
const CARRIED: ReadonlySet<string> = new Set([
  "command",
  "args",
  "env",
  // Servers get the whole environment here.
  "env_vars",
  "url",
  "http_headers",
  "env_http_headers",
  "bearer_token_env_var",
  "tool_timeout_sec",
  "enabled",
  "required",
]);

/** @throws CodexPlusError CP_FILE_UNUSABLE */
export function fromCodex(text: string, file: string): Found {
  let config: Table;
  try {
    config = parseToml(text);
  } catch (error) {
    const reason = (error as Error).message.split("\n")[0];
    throw new CodexPlusError("CP_FILE_UNUSABLE", `${file} is not TOML: ${reason}`, { cause: error });
  }
  const servers: Foreign[] = [];
  const left: { name: string; why: string }[] = [];
  for (const [name, value] of Object.entries(tableOf(config.mcp_servers))) {
    const written = tableOf(value);
    if (name === GATEWAY) continue;
    const definition = definitionOf(written);
    const wrong = written.enabled === false ? "it is turned off there (enabled = false)" : configOf(definition);
    if (typeof wrong === "string") left.push({ name, why: wrong });
    else servers.push({ name, definition, notes: notesOf(written) });
  }
  return { servers, left };
}

function definitionOf(written: Table): Table {
  const { command, args, env, url, tool_timeout_sec: seconds } = written;
  const timeout = seconds === undefined ? undefined : Math.round(Number(seconds) * 1000);
  if (url === undefined) return present({ type: "stdio", command, args, env, timeout });
  return present({ type: "http", url, headers: headersOf(written), timeout });
}

function headersOf({ http_headers: fixed, env_http_headers: named, bearer_token_env_var: bearer }: Table): Table {
  const variables = Object.entries(tableOf(named)).map(([header, variable]) => [header, `\${${String(variable)}}`]);
  return {
    ...tableOf(fixed),
    ...Object.fromEntries(variables),
    ...(bearer !== undefined && { Authorization: `Bearer \${${String(bearer)}}` }),
  };
}

function notesOf(written: Table): string[] {
  const lost = Object.keys(written).filter((field) => !CARRIED.has(field));
  return lost.map((field) => `${field} has no counterpart here`);
}
