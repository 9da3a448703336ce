/** Keeping what servers are given in secret out of what is said about them. */
import type { ServerConfig } from "./mcp.ts";

/** Names of flags, headers and variables that hold secrets. */
export const SECRET = /key|token|secret|passw|auth|credential|cookie|dsn|(?<![a-z])pat(?![a-z])/i;
/** Variables often hold a whole address, with a login in it. */
const SECRET_VARIABLE = /session|url/i;
/** Shorter ones stand in ordinary text, too. */
const SHORTEST = 6;

/** What puts `***` in the place of every secret of a definition. */
export function mask({ env, headers, url, args }: Pick<ServerConfig, "env" | "headers" | "url" | "args">) {
  const values = [
    ...Object.entries(env).flatMap(([name, value]) => (SECRET.test(name) || SECRET_VARIABLE.test(name) ? [value] : [])),
    ...Object.values(headers).flatMap(withoutScheme),
    ...(url === undefined ? [] : secretsOfUrl(url)),
    ...args.flatMap((arg, index) => [...withoutScheme(secretIn(arg, args[index - 1]) ?? ""), ...secretsOfUrl(arg)]),
  ];
  const secrets = [...new Set(values)]
    .filter((value) => value.length >= SHORTEST)
    .toSorted((one, other) => other.length - one.length);
  return (text: string): string => secrets.reduce((masked, secret) => masked.replaceAll(secret, "***"), text);
}

/**
 * The end of an argument that is secret, by the name of the flag before it (`--token X`) or of its own (`--api-key=X`,
 * `Authorization: X`).
 * @param before the argument before it
 */
export function secretIn(arg: string, before = ""): string | undefined {
  if (/^--?\w/.test(before) && !before.includes("=") && SECRET.test(before) && !arg.startsWith("-")) return arg;
  const [, name = "", value] = /^([\w-]+)(?:=|:\s*(?!\/\/))(.+)$/s.exec(arg) ?? [];
  return SECRET.test(name) ? value : undefined;
}

/** `Bearer X`, and `X` by itself. */
function withoutScheme(value: string): string[] {
  return [value, value.replace(/^\w+\s+/, "")];
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
