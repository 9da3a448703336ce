/** The simplest connector: TCP without TLS and without a proxy, for upstreams on `http:` such as the embedded one. */
import { connect, type Socket } from "node:net";
import { CodexPlusError, type ErrorCode } from "../errors.ts";
import type { Connector } from "./connector.ts";

/** What the system's error names mean to a person; anything else is "unreachable". */
const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOTFOUND: "CP_UPSTREAM_DNS",
  EAI_AGAIN: "CP_UPSTREAM_DNS",
  ETIMEDOUT: "CP_UPSTREAM_TIMEOUT",
};

/** A connector for `http:` origins. @param connectMs how long TCP may take, in milliseconds */
export function createPlainConnector(connectMs = 30_000): Connector {
  return { connect: (origin, _purpose, signal) => openTcp(origin, connectMs, signal) };
}

function openTcp(origin: URL, connectMs: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const host = origin.hostname.replace(/^\[|\]$/g, "");
    const socket = connect({ host, port: Number(origin.port || 80), noDelay: true, keepAlive: true });
    const timer = setTimeout(() => fail("CP_UPSTREAM_TIMEOUT", `no connection within ${connectMs} ms`), connectMs);
    const onAbort = () => fail("CP_UPSTREAM_UNREACHABLE", "given up");
    const onError = (error: NodeJS.ErrnoException) =>
      fail(CODES[error.code ?? ""] ?? "CP_UPSTREAM_UNREACHABLE", error.message, error);
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.off("error", onError).off("connect", onConnect);
    };
    const onConnect = () => {
      settle();
      resolve(socket);
    };
    const fail = (code: ErrorCode, message: string, cause?: unknown) => {
      settle();
      socket.on("error", () => {}).destroy();
      reject(new CodexPlusError(code, `${origin.host}: ${message}`, { cause }));
    };
    socket.on("connect", onConnect).on("error", onError);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}
