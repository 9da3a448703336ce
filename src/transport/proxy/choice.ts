/** Which proxy, if any, an origin is reached through: the rules of HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
import { BlockList, isIP } from "node:net";
import querystring from "node:querystring";
import { CodexPlusError } from "../../errors.ts";
import { hostOf, isLoopback, portOf } from "../address.ts";

/** The values of the environment variables as they stand; ALL_PROXY already filled in where the others are unset. */
export interface ProxySettings {
  readonly httpsProxy?: string | undefined;
  readonly httpProxy?: string | undefined;
  /** A comma list of names (with their subdomains), `*`, addresses and address blocks, each with an optional `:port`. */
  readonly noProxy?: string | undefined;
}

export interface HttpProxy {
  /** Without the login, so that it may be shown. */
  readonly url: URL;
  readonly login?: { readonly user: string; readonly password: string };
}

/**
 * @returns the proxy on the way to an origin, undefined for a direct connection; loopback is never proxied
 * @throws CodexPlusError CP_PROXY_REFUSED when the proxy that would be used is none that we can speak to
 */
export function proxyFor(origin: URL, settings: ProxySettings): HttpProxy | undefined {
  const secure = origin.protocol === "https:";
  const address = secure ? settings.httpsProxy : settings.httpProxy;
  if (address === undefined || address === "" || isLoopback(hostOf(origin))) return undefined;
  if (isExcepted(origin, settings.noProxy ?? "")) return undefined;
  return readProxy(address, secure ? "HTTPS_PROXY" : "HTTP_PROXY");
}

function readProxy(address: string, variable: string): HttpProxy {
  // "proxy.example:3128" is common and means http.
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`;
  // The address may hold a password, so no message repeats it.
  if (!URL.canParse(text)) throw new CodexPlusError("CP_PROXY_REFUSED", `${variable} is not an address of a proxy`);
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    const message = `${variable} names a ${url.protocol}// proxy; only http:// and https:// proxies can be used`;
    throw new CodexPlusError("CP_PROXY_REFUSED", message);
  }
  const bare = new URL(`${url.protocol}//${url.host}`);
  if (url.username === "" && url.password === "") return { url: bare };
  return {
    url: bare,
    login: { user: querystring.unescape(url.username), password: querystring.unescape(url.password) },
  };
}

function isExcepted(origin: URL, noProxy: string): boolean {
  return noProxy
    .split(",")
    .map((rule) => rule.trim().toLowerCase())
    .some((rule) => rule !== "" && matches(origin, rule));
}

function matches(origin: URL, rule: string): boolean {
  if (rule === "*") return true;
  const { name, port } = splitRule(rule);
  if (port !== undefined && port !== portOf(origin)) return false;
  const host = hostOf(origin);
  if (isIP(host) !== 0) return matchesAddress(host, name);
  const domain = name.replace(/^\*?\./, "");
  return host === domain || host.endsWith(`.${domain}`);
}

/** `name`, `name:port`, `[v6]`, `[v6]:port`; a bare v6 address has more than one colon and no port. */
function splitRule(rule: string): { name: string; port: number | undefined } {
  const [, bracketed, single, digits] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(rule) ?? [];
  const name = bracketed ?? single;
  return name === undefined
    ? { name: rule, port: undefined }
    : { name, port: digits === undefined ? undefined : Number(digits) };
}

function matchesAddress(host: string, rule: string): boolean {
  const [address = "", prefix] = rule.split("/");
  if (isIP(address) === 0) return false;
  const list = new BlockList();
  const family = isIP(address) === 4 ? "ipv4" : "ipv6";
  const widest = family === "ipv4" ? 32 : 128;
  const bits = prefix === undefined ? widest : Number(prefix);
  if (!Number.isInteger(bits) || bits < 0 || bits > widest) return false;
  list.addSubnet(address, bits, family);
  return list.check(host, isIP(host) === 4 ? "ipv4" : "ipv6");
}
