/** What Codex's own config.toml says that matters here. */
import { join } from "node:path";
import { KEY, parseToml } from "../setup/edit.ts";
import { textOf } from "../setup/file.ts";

export interface CodexConfig {
  readonly file: string;
  readonly baseUrl?: string;
  /** Set when another provider than the built-in one is chosen; the base URL does not touch that one. */
  readonly provider?: string;
  /** Why the file cannot be read. */
  readonly broken?: string;
}

export async function readCodexConfig(codexHome: string): Promise<CodexConfig> {
  const file = join(codexHome, "config.toml");
  try {
    const { [KEY]: baseUrl, model_provider: provider } = parseToml((await textOf(file)) ?? "");
    return {
      file,
      ...(typeof baseUrl === "string" && { baseUrl }),
      ...(typeof provider === "string" && provider !== "openai" && { provider }),
    };
  } catch (error) {
    return { file, broken: (error as Error).message.split("\n")[0] ?? "" };
  }
}

/** True when a base URL leads to this proxy, whatever name of loopback and path it uses. */
export function leadsTo(baseUrl: string | undefined, proxy: string): boolean {
  const [from, to] = [baseUrl, proxy].map((text) => (text === undefined ? null : URL.parse(text)));
  if (!from || !to) return false;
  const host = (url: URL) => (url.hostname === "localhost" ? "127.0.0.1" : url.hostname);
  return from.protocol === to.protocol && host(from) === host(to) && from.port === to.port;
}
