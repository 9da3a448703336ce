/** What the environment says about the way out. */

import type { Origin } from "./names.ts";
import { homes } from "./paths.ts";
import type { Environment } from "./schema.ts";

/** What variables decide; the home folder and an administrator's are the system's to know. */
type Part = Exclude<keyof Environment, "user" | "managed">;

/**
 * The variables of each value, the first that is set counts: upper case before lower case and the particular proxy
 * before ALL_PROXY, as in Codex's HTTP client (reqwest). An empty variable counts as unset.
 */
const VARIABLES: Readonly<Record<Part, readonly string[]>> = {
  home: ["CODEX_PLUS_HOME"],
  codexHome: ["CODEX_HOME"],
  httpsProxy: ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
  httpProxy: ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
  noProxy: ["NO_PROXY", "no_proxy"],
  caFile: ["CODEX_CA_CERTIFICATE", "SSL_CERT_FILE"],
};
const PARTS = Object.keys(VARIABLES) as Part[];

/** The variable that a value comes from, or undefined where none is set. */
function variableOf(part: Part, variables: NodeJS.ProcessEnv): string | undefined {
  return VARIABLES[part].find((name) => variables[name]);
}

/** Reads homes (relative ones count from `cwd`), proxies and authorities. */
export function readEnvironment(variables: NodeJS.ProcessEnv, cwd: string): Environment {
  const given = PARTS.flatMap((part) => {
    const name = variableOf(part, variables);
    return name === undefined ? [] : [[part, variables[name]] as const];
  });
  return { ...Object.fromEntries(given), ...homes(variables, cwd) };
}

/** Every value of the environment and the variable that gave it; "default" for the homes where none did. */
export function environmentOrigins(environment: Environment, variables: NodeJS.ProcessEnv): [string, Origin][] {
  return PARTS.map((part) => [
    `environment.${part}`,
    { value: environment[part], from: variableOf(part, variables) ?? "default" },
  ]);
}

/** What decides how the proxy runs, beside CODEX_PLUS_*: a background service has to be given it, having no shell. */
const CARRIED = [
  ...["CODEX_HOME", "CODEX_CA_CERTIFICATE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"],
  ...["MAX_MCP_OUTPUT_TOKENS", "MCP_TIMEOUT", "MCP_TOOL_TIMEOUT"],
];
const PROXIES = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]);

/** The variables that are set and matter to the proxy, as name and value. */
export function variablesForService(variables: NodeJS.ProcessEnv = process.env): [string, string][] {
  return Object.entries(variables).flatMap(([name, value]): [string, string][] => {
    const matters = name.startsWith("CODEX_PLUS_") || CARRIED.includes(name) || PROXIES.includes(name);
    return matters && value ? [[name, value]] : [];
  });
}

/** What shells and programs that we start for a person get: what this process itself was given. */
export function shellVariables(variables: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return variables;
}

/** True when stack traces are wanted beside errors; asked before, and whether or not, the settings can be read. */
export function wantsStacks(variables: NodeJS.ProcessEnv = process.env): boolean {
  return ["debug", "trace"].includes(variables.CODEX_PLUS_LOG ?? "");
}
