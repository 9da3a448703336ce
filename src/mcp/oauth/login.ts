/** Logging in at a remote server, with a person and a browser at hand. The protocol (OAuth 2.1, PKCE) is the SDK's. */
import { randomBytes } from "node:crypto";
import type { FetchLike } from "@modelcontextprotocol/sdk/shared/transport.js";
import { CodexPlusError } from "../../errors.ts";
import type { Server } from "../mcp.ts";
import { type Answer, listenForCallback } from "./callback.ts";
import { challenge } from "./challenge.ts";
import { freshLogin } from "./fresh.ts";
import { metadataAt } from "./metadata.ts";
import type { LoginStore } from "./store.ts";

export interface LoginWish {
  readonly server: Server;
  readonly store: LoginStore;
  /** How the server is reached, with its headers. */
  readonly fetch: FetchLike;
  /**
   * Shows the person where to log in.
   * @param take is told the address that a browser on another machine came back to; false: it is not the one
   */
  show(address: URL, take: (address: string) => boolean): void | Promise<void>;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/** More of what a server says does not help. */
const MOST_WORDS = 300;

/**
 * Logs in, and keeps what lets us in from now on. What was kept before stays until then.
 * @returns "not asked for" where the server lets anybody in and has no login
 * @throws CodexPlusError CP_MCP_LOGIN with what went wrong, CP_FILE_UNUSABLE; the signal's reason
 */
export async function logIn({ signal, fetch: send, ...wish }: LoginWish): Promise<"done" | "not asked for"> {
  const { server, store, show } = wish;
  // An authorization server that does not answer would be waited for without an end.
  const fetch: FetchLike = (url, init) =>
    send(url, { ...init, signal: AbortSignal.any([signal, ...(init?.signal ? [init.signal] : [])]) });
  const { callbackPort = 0, authServerMetadataUrl } = server.config.oauth ?? {};
  const state = randomBytes(32).toString("base64url");
  const callback = await listenForCallback(callbackPort, state);
  let answer: Answer | undefined;
  try {
    const { take, redirect } = callback;
    const authProvider = freshLogin({
      server,
      store,
      redirect,
      state,
      secret: (await store.get(server))?.secret,
      discovery: authServerMetadataUrl === undefined ? undefined : await metadataAt(authServerMetadataUrl, fetch),
      show: (address) => show(address, take),
    });
    const finish = await challenge(server, { authProvider, fetch });
    if (finish === undefined) return "not asked for";
    answer = await callback.answer(signal);
    sameServer(answer, (await authProvider.discoveryState?.())?.authorizationServerMetadata?.issuer);
    await finish(answer.code);
    await answer.tell(`You are logged in at ${server.name}. You can close this page and go back to the terminal.`);
    return "done";
  } catch (error) {
    if (signal.aborted) throw error;
    const failure = failed(server, error);
    await answer?.tell(`${failure.message}. You can close this page and go back to the terminal.`);
    throw failure;
  } finally {
    await callback.close();
  }
}

/** RFC 9207: an answer that names its sender comes from whom was asked. */
function sameServer({ iss }: Answer, issuer: string | undefined): void {
  if (iss === undefined || issuer === undefined || iss === issuer) return;
  throw new CodexPlusError("CP_MCP_LOGIN", "The answer came from another authorization server than was asked");
}

/** What a parser or a schema says could quote what came, and what came could be a token. */
function failed({ name }: Server, error: unknown): CodexPlusError {
  if (error instanceof CodexPlusError) return error;
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  const unreadable = error instanceof SyntaxError || (error as Error).name === "ZodError";
  const words = [message.replace(/\s*Raw body:.*/s, ""), cause instanceof Error ? cause.message : ""]
    .filter((word) => word !== "")
    .join(": ");
  const advice = message.includes("dynamic client registration")
    ? "; it wants a client that is registered by hand: oauth.clientId of the server's definition"
    : "";
  const what = unreadable ? "an answer was not what it should be" : words.slice(0, MOST_WORDS) + advice;
  return new CodexPlusError("CP_MCP_LOGIN", `The login at ${name} failed: ${what}`);
}
