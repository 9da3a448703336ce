/** `${VAR}` and `${VAR:-default}` in a server's definition. `$VAR` is left alone, as in Claude Code. */
import type { ServerConfig } from "../mcp.ts";

export interface Expanded {
  readonly config: ServerConfig;
  /** Variables that are not set and have no default: their text stays as it is. */
  readonly missing: readonly string[];
}

const VARIABLE = /\$\{([^}]+)\}/g;
const DEFAULT = ":-";

/** Puts variables in: command, args, env, url and headers have them, nothing else does. A variable that is set empty is set. */
export function expand(config: ServerConfig, variables: NodeJS.ProcessEnv): Expanded {
  const missing = new Set<string>();
  const put = (text: string): string =>
    text.replaceAll(VARIABLE, (whole, inner: string) => {
      const at = inner.indexOf(DEFAULT);
      const name = at === -1 ? inner : inner.slice(0, at);
      const value = variables[name] ?? (at === -1 ? undefined : inner.slice(at + DEFAULT.length));
      if (value === undefined) missing.add(name);
      return value ?? whole;
    });
  const values = (record: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, put(value)]));
  return {
    config: {
      ...config,
      command: config.command === undefined ? undefined : put(config.command),
      args: config.args.map(put),
      env: values(config.env),
      url: config.url === undefined ? undefined : put(config.url),
      headers: values(config.headers),
    },
    missing: [...missing],
  };
}
