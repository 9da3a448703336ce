/** Who may ask for what: the Host allow-list, the Origin check, and the token. Loopback alone is no wall against a web page. */
import { timingSafeEqual } from "node:crypto";
import type { RawHeaders } from "../contracts.ts";
import { CodexPlusError } from "../errors.ts";
import { isLoopback } from "../lib/loopback.ts";
import { header } from "../protocol/headers.ts";

export interface GuardOptions {
  /** The address bound to. */
  readonly host: string;
  /** Further names that a Host header may carry. */
  readonly hosts: readonly string[];
  /** The content of the token file. */
  readonly token: string;
}

/** A request that may go on. */
export interface Admitted {
  /** The path to go on with: a token in the path is taken out. */
  readonly url: string;
  /** Whether the token stood in the path. */
  readonly byPath: boolean;
}

export interface Guard {
  /**
   * Every request: the Host it names, and, when bound to anything but loopback, the token.
   * @throws CodexPlusError CP_HOST_REFUSED, CP_TOKEN_REQUIRED
   */
  admit(url: string, headers: RawHeaders): Admitted;
  /** A control route. @throws CodexPlusError CP_ORIGIN_REFUSED, CP_TOKEN_REQUIRED */
  admitControl(admitted: Admitted, headers: RawHeaders): void;
  /** Whether a request may hear who we are: on loopback everybody, else whoever shows the token. */
  trusts(headers: RawHeaders): boolean;
}

/** Clients that can set no header of ours may carry the token as the first part of the path. */
const PATH_TOKEN = /^\/k\/([^/?]+)/;
/** Whatever looks like a token: somebody's, or ours of yesterday. It is not for upstream, nor for the log. */
const TOKEN_LIKE = /^[\w-]{43}$/;
/** Answered without a token, so that scripts can wait for us. Other machines get to hear that we are here, and no more. */
const OPEN_ROUTE = "/_plus/health";
/** The one control route that takes the token in the path too: not every MCP client can be given a header. */
const MCP_ROUTE = /^\/_plus\/mcp(?=[/?]|$)/;

export function createGuard({ host, hosts, token }: GuardOptions): Guard {
  const remote = !isLoopback(host);
  const names = new Set([host.toLowerCase(), ...hosts.map((name) => name.toLowerCase())]);

  const named = (value: string | undefined): boolean => {
    if (value === undefined) return false;
    const name = nameOf(value);
    return names.has(name) || isLoopback(name);
  };

  const shown = (headers: RawHeaders): boolean => {
    const bearer = /^bearer\s+(.+)$/i.exec(header(headers, "authorization") ?? "")?.[1];
    return same(bearer, token) || same(headerToken(headers), token);
  };

  return {
    trusts: (headers) => !remote || shown(headers),
    admit(url, headers) {
      const name = header(headers, "host");
      // A server bound to all addresses cannot know its own names; there the token is the guard.
      if (!named(name) && !(remote && hosts.length === 0)) {
        throw new CodexPlusError("CP_HOST_REFUSED", `the Host header ${JSON.stringify(name ?? "")} is not one of ours`);
      }
      const carried = PATH_TOKEN.exec(url);
      const byPath = carried !== null && same(carried[1], token);
      if (carried !== null && !byPath && TOKEN_LIKE.test(carried[1] as string)) {
        throw new CodexPlusError("CP_TOKEN_REQUIRED", "the token in the path is not the one of this proxy");
      }
      if (remote && url !== OPEN_ROUTE && !byPath && !same(headerToken(headers), token)) {
        throw new CodexPlusError(
          "CP_TOKEN_REQUIRED",
          "this address is open to other machines, so every request needs the token",
        );
      }
      return byPath ? { url: url.slice(carried[0].length) || "/", byPath } : { url, byPath };
    },
    admitControl({ url, byPath }, headers) {
      const origin = header(headers, "origin");
      if (origin !== undefined && !named(URL.parse(origin)?.host)) {
        throw new CodexPlusError(
          "CP_ORIGIN_REFUSED",
          `the origin ${JSON.stringify(origin)} may not use control routes`,
        );
      }
      if (url === OPEN_ROUTE || shown(headers) || (byPath && MCP_ROUTE.test(url))) return;
      throw new CodexPlusError("CP_TOKEN_REQUIRED", "control routes need the token");
    },
  };
}

function headerToken(headers: RawHeaders): string | undefined {
  return header(headers, "x-codex-plus-token");
}

/** Host without its port, in lower case: "Localhost:3000" is "localhost", "[::1]:3000" is "[::1]". */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, "").toLowerCase();
}

function same(given: string | undefined, token: string): boolean {
  if (given === undefined) return false;
  const a = Buffer.from(given);
  const b = Buffer.from(token);
  return a.length === b.length && timingSafeEqual(a, b);
}
