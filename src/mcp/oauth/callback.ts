/** Where the browser comes back to after a login: a page on this machine, for as long as that takes. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { CodexPlusError } from "../../errors.ts";
import { redirectUrl } from "./client.ts";

/** What an authorization server sent the browser back with (RFC 6749, section 4.1.2; `iss` is RFC 9207). */
export interface Answer {
  readonly code: string;
  readonly iss: string | undefined;
  /** Tells the person in the browser how it went. */
  tell(text: string): Promise<void>;
}

export interface Callback {
  /** The address that the browser is to come back to. */
  readonly redirect: string;
  /**
   * The answer to this login.
   * @throws CodexPlusError CP_MCP_LOGIN when it is a refusal; the signal's reason
   */
  answer(signal: AbortSignal): Promise<Answer>;
  /** Takes an address that a browser on another machine came back to. False: it is not the answer to this login. */
  take(address: string): boolean;
  close(): Promise<void>;
}

/**
 * Listens on the loopback address.
 * @param port 0 for any
 * @param state what the answer to this login carries; whoever comes with another is sent away, and waiting goes on
 * @throws CodexPlusError CP_MCP_LOGIN when the port is taken
 */
export async function listenForCallback(port: number, state: string): Promise<Callback> {
  const answered = Promise.withResolvers<Answer>();
  // Nobody may be waiting yet, or any more.
  answered.promise.catch(() => undefined);
  const take = (query: URLSearchParams, tell: Answer["tell"]): boolean => {
    if (query.get("state") !== state) return false;
    const code = query.get("code");
    if (code !== null) answered.resolve({ code, iss: query.get("iss") ?? undefined, tell });
    else {
      const refused = refusal(query);
      void tell(refused.message).then(() => answered.reject(refused));
    }
    return true;
  };
  const server = createServer((request, response) => {
    // Any page in a browser may ask for anything here: `//` is no address.
    const asked = URL.parse(request.url ?? "/", "http://localhost");
    if (request.method !== "GET" || asked?.pathname !== "/callback") {
      return void page(response, 404, "There is nothing here.");
    }
    const tell = (text: string): Promise<void> => page(response, 200, text);
    if (!take(asked.searchParams, tell))
      void page(response, 400, "This is not the answer to the login that is waited for.");
  });
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === "EADDRINUSE" ? "is taken" : "cannot be listened on";
    throw new CodexPlusError("CP_MCP_LOGIN", `Port ${port}, which the login is to come back to, ${why}`);
  }
  return {
    redirect: redirectUrl((server.address() as AddressInfo).port),
    answer: (signal) => Promise.race([answered.promise, aborted(signal)]),
    take: (address) => URL.canParse(address) && take(new URL(address).searchParams, async () => undefined),
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function refusal(query: URLSearchParams): CodexPlusError {
  const words = [query.get("error"), query.get("error_description")].filter((word) => word !== null).join(": ");
  return new CodexPlusError(
    "CP_MCP_LOGIN",
    `The authorization server refused: ${words.slice(0, 500) || "it did not say why"}`,
  );
}

async function aborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, "abort");
  throw signal.reason;
}

/** A page that runs nothing and loads nothing. */
async function page(response: ServerResponse, status: number, text: string): Promise<void> {
  const gone = once(response, "close");
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'",
    "cache-control": "no-store",
    connection: "close",
  });
  response.end(`<!doctype html><meta charset="utf-8"><title>Codex-Plus</title><p>${escaped(text)}</p>\n`);
  await gone;
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
