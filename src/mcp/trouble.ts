/** What has gone wrong with a server, and what follows of it. */
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { ErrorCode, McpError } from "@modelcontextprotocol/sdk/types.js";
import { CodexPlusError } from "../errors.ts";
import type { Server } from "./mcp.ts";
import { logsIn } from "./oauth/access.ts";

/**
 * answered: the server itself said no, and is well; login: it wants one; stale: it does not know this connection any more
 * and has done nothing; late: no answer in time; failing: it answers that it cannot; lost: it has gone.
 */
export type Kind = "answered" | "login" | "stale" | "late" | "failing" | "lost";

export interface Trouble {
  readonly kind: Kind;
  readonly error: CodexPlusError;
}

interface Circumstances {
  readonly server: Server;
  /** Why the connection has ended by itself, where it is known. */
  readonly ended: string | undefined;
  readonly mask: (text: string) => string;
}

/** Codes of MCP for what there is not: unknown methods, names and resources. */
const UNKNOWN: readonly number[] = [ErrorCode.MethodNotFound, ErrorCode.InvalidParams, -32_002];
const MOST_WORDS = 500;

export function troubleOf(thrown: unknown, { server, ended, mask }: Circumstances): Trouble {
  const { name } = server;
  const said = (code: "CP_MCP_SERVER" | "CP_MCP_UNKNOWN" | "CP_MCP_LOGIN", text: string) =>
    new CodexPlusError(code, `${name} ${mask(text).slice(0, MOST_WORDS)}`, { cause: thrown });
  if (thrown instanceof CodexPlusError) {
    return { kind: thrown.code === "CP_MCP_LOGIN" ? "login" : "failing", error: thrown };
  }
  if (thrown instanceof UnauthorizedError) return { kind: "login", error: said("CP_MCP_LOGIN", "wants a login") };
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof McpError) {
    if (thrown.code === ErrorCode.ConnectionClosed) {
      return { kind: "lost", error: said("CP_MCP_SERVER", `has gone: ${ended ?? "its connection was closed"}`) };
    }
    if (thrown.code === ErrorCode.RequestTimeout) {
      return { kind: "late", error: said("CP_MCP_SERVER", "did not answer in time") };
    }
    const code = UNKNOWN.includes(thrown.code) ? "CP_MCP_UNKNOWN" : "CP_MCP_SERVER";
    return { kind: "answered", error: said(code, `says: ${words}`) };
  }
  if (Array.isArray((thrown as { issues?: unknown } | undefined)?.issues)) {
    return { kind: "answered", error: said("CP_MCP_SERVER", "gave an answer that is not as MCP has it") };
  }
  const status = statusOf(thrown, words);
  if (status === undefined) {
    return { kind: "lost", error: said("CP_MCP_SERVER", `could not be reached: ${ended ?? reason(thrown)}`) };
  }
  if (status === 401 || status === 403) {
    if (logsIn(server)) {
      return { kind: "login", error: said("CP_MCP_LOGIN", `lets nobody in as things are (HTTP ${status})`) };
    }
    // A helper may say something else now: it is asked at each connect.
    const kind = server.config.headersHelper === undefined ? "failing" : "stale";
    return { kind, error: said("CP_MCP_SERVER", `does not let its headers in (HTTP ${status})`) };
  }
  const kind = status === 400 || status === 404 ? "stale" : "failing";
  return { kind, error: said("CP_MCP_SERVER", `answered with HTTP ${status}`) };
}

/** The HTTP status that a transport has met, if it was one. */
function statusOf(thrown: unknown, words: string): number | undefined {
  const code = (thrown as { code?: unknown } | undefined)?.code;
  if (typeof code === "number") return code >= 100 && code < 600 ? code : undefined;
  const [, status] = /\(HTTP (\d{3})\)/.exec(words) ?? [];
  return status === undefined ? undefined : Number(status);
}

/** `fetch` says what has happened in its cause only. */
function reason(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { cause } = thrown;
  if (!(cause instanceof Error)) return thrown.message;
  return cause.message || String((cause as NodeJS.ErrnoException).code ?? thrown.message);
}
