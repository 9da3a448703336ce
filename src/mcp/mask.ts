/** Keeping what servers are given in secret out of what is said about them. */
import type { ServerConfig } from "./mcp.ts";

/** Shorter ones stand in ordinary text, too. */
const SHORTEST = 6;
const SECRET = /key|token|secret|passw|auth|credential|cookie|session|dsn|url/i;

/** What puts `***` in the place of every secret of a definition. */
export function mask({ env, headers, url, args }: Pick<ServerConfig, "env" | "headers" | "url" | "args">) {
  const values = [
    ...Object.entries(env).flatMap(([name, value]) => (SECRET.test(name) ? [value] : [])),
    ...Object.values(headers).flatMap((value) => [value, value.replace(/^\w+\s+/, "")]),
    ...(url === undefined ? [] : secretsOfUrl(url)),
    ...args.flatMap(secretsOfUrl),
  ];
  const secrets = [...new Set(values)]
    .filter((value) => value.length >= SHORTEST)
    .toSorted((one, other) => other.length - one.length);
  return (text: string): string => secrets.reduce((masked, secret) => masked.replaceAll(secret, "***"), text);
}

/** The login and the parameters of an address. */
function secretsOfUrl(text: string): string[] {
  if (!text.includes("://") || !URL.canParse(text)) return [];
  const { username, password, search, searchParams } = new URL(text);
  return [password, readable(password), username, search, ...searchParams.values()];
}

function readable(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
