/** The Codex CLI on this machine. */
import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { x } from "tinyexec";

/**
 * The `codex` that a shell would start, or undefined. A `codex` on PATH that is really this program (an alias by
 * symbolic link) is passed over: it would start itself for ever.
 * @param path the PATH variable
 * @param self the script this process runs
 */
export async function findCodex(path: string, self = process.argv[1] ?? ""): Promise<string | undefined> {
  const own = await realpath(self).catch(() => self);
  const names = process.platform === "win32" ? ["codex.exe", "codex.cmd"] : ["codex"];
  for (const folder of path.split(delimiter).filter((part) => part !== "")) {
    for (const file of names.map((name) => join(folder, name))) {
      if ((await isProgram(file)) && (await realpath(file)) !== own) return file;
    }
  }
  return undefined;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** "0.169.0" of `codex --version`, or undefined when it does not say one within 10 s. */
export async function codexVersion(codex: string): Promise<string | undefined> {
  const { stdout } = await x(codex, ["--version"], { timeout: 10_000 });
  return /\d+\.\d+\.\d+\S*/.exec(stdout)?.[0];
}

/**
 * The two variables that keep Codex from sending loopback through HTTP_PROXY (it would), on top of what they hold.
 * Upper case wins in Codex's HTTP client, so both get the same value.
 */
export function withoutProxyForLoopback(variables: NodeJS.ProcessEnv): { NO_PROXY: string; no_proxy: string } {
  const known = (variables.NO_PROXY || variables.no_proxy || "").split(",").map((host) => host.trim());
  const hosts = known.filter((host) => host !== "");
  const missing = hosts.includes("*") ? [] : ["127.0.0.1", "localhost"].filter((host) => !hosts.includes(host));
  const value = [...hosts, ...missing].join(",");
  return { NO_PROXY: value, no_proxy: value };
}
