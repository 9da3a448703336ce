/** Checks of Codex: there, new enough, pointed here, reached without a detour, and shown as itself. */
import { CODEX_HTTP } from "../../transport/tls/profiles.ts";
import { withoutProxyForLoopback } from "../codex.ts";
import { leadsTo } from "./codex-config.ts";
import type { Check } from "./finding.ts";

/** The first Codex that knows `openai_base_url` (tried; 0.98 does not). */
const FIRST = "0.118.0";

export const codex: Check = ({ codex }) => {
  const name = "codex";
  if (!codex) return { name, state: "fail", says: "there is no codex on PATH", cure: "npm install -g @openai/codex" };
  if (!codex.version)
    return { name, state: "warn", says: `${codex.path} does not tell its version`, cure: "codex --version" };
  if (newer(FIRST, codex.version)) {
    const cure = "npm install -g @openai/codex (or OPENAI_BASE_URL for this old one)";
    return { name, state: "fail", says: `${codex.version} cannot be pointed to a proxy by configuration`, cure };
  }
  return { name, state: "ok", says: `${codex.version} at ${codex.path}` };
};

export const pointed: Check = ({ codexConfig: { file, baseUrl, provider, broken }, url }) => {
  const name = "pointed here";
  if (broken !== undefined)
    return { name, state: "fail", says: `${file}: ${broken}`, cure: "mend that file; Codex does not start either" };
  if (provider !== undefined) {
    const says = `${file} chooses the provider ${provider}, which openai_base_url does not touch`;
    return {
      name,
      state: "warn",
      says,
      cure: `set base_url = "${url}" in [model_providers.${provider}], or remove model_provider`,
    };
  }
  if (leadsTo(baseUrl, url)) return { name, state: "ok", says: `${file} points to ${url}` };
  const where = baseUrl === undefined ? "goes to OpenAI directly" : `goes to ${baseUrl}`;
  return { name, state: "warn", says: `plain codex ${where}`, cure: "codex-plus setup, or start it by codex-plus run" };
};

/** Codex sends loopback addresses through HTTP_PROXY as well, where they mean another machine. */
export const noProxy: Check = ({ config: { environment }, codexConfig, url }) => {
  const name = "NO_PROXY";
  const { httpProxy, httpsProxy, noProxy } = environment;
  if (!httpProxy && !httpsProxy) return { name, state: "ok", says: "no proxy in the environment" };
  const wanted = withoutProxyForLoopback({ NO_PROXY: noProxy ?? "" }).NO_PROXY;
  if (wanted === noProxy) return { name, state: "ok", says: `${noProxy} keeps loopback off the proxy` };
  const state = leadsTo(codexConfig.baseUrl, url) ? "fail" : "warn";
  return {
    name,
    state,
    says: "plain codex would look for 127.0.0.1 behind HTTP_PROXY",
    cure: `export NO_PROXY=${wanted}`,
  };
};

export const profile: Check = ({ codex, config: { transport } }) => {
  const name = "TLS profile";
  const from = /\d+\.\d+\.\d+/.exec(CODEX_HTTP.source)?.[0] ?? "";
  if (transport !== "codex" && transport !== "auto") {
    return { name, state: "ok", says: `transport ${transport} shows its own handshake, not Codex's` };
  }
  if (!codex?.version || !newer(minor(codex.version), minor(from))) {
    return { name, state: "ok", says: `taken from Codex ${from}` };
  }
  const says = `taken from Codex ${from}; the installed ${codex.version} may shake hands differently`;
  return { name, state: "warn", says, cure: "npm install -g codex-plus@latest" };
};

const minor = (version: string) => version.split(".").slice(0, 2).join(".");

/** True when one version is newer than another. */
function newer(one: string, other: string): boolean {
  return one.localeCompare(other, "en", { numeric: true }) > 0;
}
