/** Checks of the proxy: its Node, its port, whether the one that runs is the one that is installed and configured. */
import { stat } from "node:fs/promises";
import { pathsOf } from "../../config/paths.ts";
import { VERSION } from "../../lib/version.ts";
import { describeOwner } from "../port-owner.ts";
import { leadsTo } from "./codex-config.ts";
import type { Check } from "./finding.ts";

export const node: Check = () => ({ name: "node", state: "ok", says: `${process.version} at ${process.execPath}` });

export const port: Check = async ({ url, health, config, codexConfig }) => {
  const name = "proxy";
  if (typeof health === "object") {
    return { name, state: "ok", says: `Codex-Plus ${health.version} answers at ${url} (pid ${health.pid})` };
  }
  if (health === "stranger") {
    const owner = await describeOwner(config);
    return {
      name,
      state: "fail",
      says: `${url} belongs to ${owner}`,
      cure: "stop it, or set CODEX_PLUS_PORT to another port",
    };
  }
  const cure = "codex-plus service install, or codex-plus serve";
  if (leadsTo(codexConfig.baseUrl, url)) {
    return {
      name,
      state: "fail",
      says: `nothing answers at ${url}, where Codex is pointed to: it will wait for ever`,
      cure,
    };
  }
  return { name, state: "ok", says: `nothing serves at ${url}; codex-plus run starts a proxy of its own` };
};

export const daemon: Check = async ({ health, config }) => {
  const name = "daemon";
  if (typeof health !== "object") return { name, state: "ok", says: "none runs" };
  const { home } = config.environment;
  const cure = `restart it: codex-plus service install, or end pid ${health.pid} and serve again`;
  const stale = (says: string) => ({ name, state: "warn", says, cure }) as const;
  if (health.version !== VERSION) return stale(`it is ${health.version}, installed is ${VERSION}`);
  if (health.home !== home) return stale(`its home is ${health.home}, yours is ${home}`);
  const written = await stat(pathsOf(home).config).catch(() => undefined);
  if (written && written.mtimeMs > Date.parse(health.startedAt))
    return stale("config.json was changed after it started");
  const upstream = config.upstream ?? config.upstreams.chatgpt;
  if (health.upstream !== undefined && health.upstream !== upstream) {
    return stale(`it sends to ${health.upstream}, the settings here say ${upstream}`);
  }
  return { name, state: "ok", says: `same version and settings, since ${health.startedAt}` };
};

/** The home holds a token: nobody else may look inside. */
export const permissions: Check = async ({ config }) => {
  const name = "permissions";
  const { home, token } = pathsOf(config.environment.home);
  if (process.platform === "win32") return { name, state: "ok", says: "kept by Windows" };
  for (const [file, mode] of [
    [home, 0o700],
    [token, 0o600],
  ] as const) {
    const entry = await stat(file).catch(() => undefined);
    if (!entry || (entry.mode & 0o077) === 0) continue;
    const says = `${file} is open to other users (${(entry.mode & 0o777).toString(8)})`;
    return { name, state: "fail", says, cure: `chmod ${mode.toString(8)} ${file}` };
  }
  return { name, state: "ok", says: `${home} is yours alone` };
};
