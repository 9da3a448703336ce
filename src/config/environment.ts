/** What the environment says about the way out. */
import { homes } from "./paths.ts";
import type { Environment } from "./schema.ts";

/**
 * Reads homes, proxies and authorities. For each proxy variable upper case wins over lower case and the particular one
 * over ALL_PROXY, as in Codex's HTTP client (reqwest); an empty variable counts as unset.
 */
export function readEnvironment(variables: NodeJS.ProcessEnv, cwd: string): Environment {
  const first = (...names: string[]) => names.map((name) => variables[name]).find((value) => value);
  const all = first("ALL_PROXY", "all_proxy");
  const httpsProxy = first("HTTPS_PROXY", "https_proxy") ?? all;
  const httpProxy = first("HTTP_PROXY", "http_proxy") ?? all;
  const noProxy = first("NO_PROXY", "no_proxy");
  const caFile = first("CODEX_CA_CERTIFICATE", "SSL_CERT_FILE");
  return {
    ...homes(variables, cwd),
    ...(httpsProxy && { httpsProxy }),
    ...(httpProxy && { httpProxy }),
    ...(noProxy && { noProxy }),
    ...(caFile && { caFile }),
  };
}

/** What decides how the proxy runs, beside CODEX_PLUS_*: a background service has to be given it, having no shell. */
const CARRIED = ["CODEX_HOME", "CODEX_CA_CERTIFICATE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"];
const PROXIES = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]);

/** The variables that are set and matter to the proxy, as name and value. */
export function variablesForService(variables: NodeJS.ProcessEnv = process.env): [string, string][] {
  return Object.entries(variables).flatMap(([name, value]): [string, string][] => {
    const matters = name.startsWith("CODEX_PLUS_") || CARRIED.includes(name) || PROXIES.includes(name);
    return matters && value ? [[name, value]] : [];
  });
}

/** True when stack traces are wanted beside errors; asked before, and whether or not, the settings can be read. */
export function wantsStacks(variables: NodeJS.ProcessEnv = process.env): boolean {
  return ["debug", "trace"].includes(variables.CODEX_PLUS_LOG ?? "");
}
