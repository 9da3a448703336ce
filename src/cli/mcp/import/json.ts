// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the text of definitions.
/** Files in the form of `.mcp.json`, as Claude Code, Claude Desktop, Cursor and many others have it, and VS Code's. */
import { CodexPlusError } from "../../../errors.ts";
import { parseJson } from "../../../mcp/sources/files.ts";
import { configOf } from "../../../mcp/sources/parse.ts";
import { SERVERS } from "../../../mcp/sources/places.ts";
import { type Foreign, type Found, present, type Table, tableOf } from "./found.ts";

/** Fields of other clients that have no counterpart; those that are not named here come over as they are. */
const LOST = [
  "envFile",
  "cwd",
  "autoApprove",
  "alwaysAllow",
  "disabledTools",
  "includeTools",
  "excludeTools",
  "tools",
  "gallery",
  "dev",
  "sandbox",
  "sandboxEnabled",
];

/** @throws CodexPlusError CP_FILE_UNUSABLE */
export function fromJson(text: string, file: string): Found {
  const read = parseJson(text);
  if ("wrong" in read) throw new CodexPlusError("CP_FILE_UNUSABLE", `${file}: ${read.wrong}`);
  const { [SERVERS]: ours, servers: theirs, mcp } = tableOf(read.value);
  const all = ours ?? theirs ?? tableOf(mcp).servers;
  if (all === undefined) throw new CodexPlusError("CP_FILE_UNUSABLE", `${file} has neither mcpServers nor servers`);
  const servers: Foreign[] = [];
  const left: { name: string; why: string }[] = [];
  for (const [name, value] of Object.entries(tableOf(all))) {
    const found = serverOf(name, tableOf(value));
    if (typeof found === "string") left.push({ name, why: found });
    else servers.push(found);
  }
  return { servers, left };
}

/** The server, or why it stays where it is. */
function serverOf(name: string, value: Table): Foreign | string {
  if (value.disabled === true || value.enabled === false) return "it is turned off there";
  const notes = LOST.filter((field) => value[field] !== undefined).map((field) => `${field} has no counterpart here`);
  const kept = Object.entries(value).filter(([field]) => ![...LOST, "disabled", "enabled"].includes(field));
  const { serverUrl, ...rest } = Object.fromEntries(kept);
  const asked = new Set<string>();
  const words = translated(serverUrl === undefined ? rest : { url: serverUrl, ...rest }, asked);
  const bare = tableOf(words);
  // Other clients tell by the address alone that one is remote.
  const definition = present({ type: bare.url === undefined ? "stdio" : "http", ...bare });
  const wrong = configOf(definition);
  if (typeof wrong === "string") return wrong;
  return {
    name,
    definition,
    notes: [...notes, ...[...asked].map((variable) => `it asked for a value there: set the variable ${variable}`)],
  };
}

/** Their names for variables, in all texts of a definition. @param asked gets what was typed in by hand there */
function translated(value: unknown, asked: Set<string>): unknown {
  if (Array.isArray(value)) return value.map((one) => translated(one, asked));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, translated(one, asked)]));
  }
  if (typeof value !== "string") return value;
  return value
    .replaceAll(/\$\{env:(\w+)\}/g, "${$1}")
    .replaceAll(/\$\{workspaceFolder\}/g, "${CLAUDE_PROJECT_DIR:-.}")
    .replaceAll(/\$\{userHome\}/g, "${HOME}")
    .replaceAll(/\$\{input:([^}]+)\}/g, (_, id: string) => {
      const variable = id.toUpperCase().replaceAll(/\W/g, "_");
      asked.add(variable);
      return `\${${variable}}`;
    });
}
