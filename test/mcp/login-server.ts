/** A remote MCP server behind a login: the SDK's own server side (OAuth 2.1, registration, revocation) on 127.0.0.1. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { InvalidGrantError, InvalidTokenError } from "@modelcontextprotocol/sdk/server/auth/errors.js";
import { requireBearerAuth } from "@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js";
import type { AuthorizationParams, OAuthServerProvider } from "@modelcontextprotocol/sdk/server/auth/provider.js";
import { getOAuthProtectedResourceMetadataUrl, mcpAuthRouter } from "@modelcontextprotocol/sdk/server/auth/router.js";
import { createMcpExpressApp } from "@modelcontextprotocol/sdk/server/express.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { OAuthClientInformationFull, OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";

/** As much of express as is used here: the SDK brings it along without its types. */
interface Express extends RequestListener {
  (request: IncomingMessage, response: ServerResponse): void;
  use(...handlers: unknown[]): void;
  all(path: string, ...handlers: unknown[]): void;
}

interface Grant {
  readonly client: string;
  readonly scopes: readonly string[];
  /** All that came of one login: a refresh token that is seen twice ends them all. */
  readonly login: string;
}

/** What is told of a request: `POST /token`. */
export type Seen = string;

export class LoginServer implements OAuthServerProvider {
  readonly clients = new Map<string, OAuthClientInformationFull>();
  readonly access = new Map<string, Grant>();
  readonly refresh = new Map<string, Grant>();
  /** Every request, in order. */
  readonly seen: Seen[] = [];
  /** Every secret that was ever given out. */
  readonly secrets = new Set<string>();
  /** What a person would say in the browser. */
  consent: "yes" | "no" | "another state" | "another sender" = "yes";
  /** What the token endpoint says instead of doing its work. */
  trouble: number | undefined;
  /** Holds a request up. */
  hold: ((line: Seen) => Promise<void>) | undefined;
  readonly #codes = new Map<string, AuthorizationParams & Grant>();
  readonly #spent = new Map<string, Grant>();
  readonly #server = createServer();
  url = "";

  /** Starts it. @param options whether clients may register themselves; whether it speaks as MCP did before 2025 */
  static async start({ registers = true, old = false } = {}): Promise<LoginServer> {
    const one = new LoginServer();
    one.#server.listen(0, "127.0.0.1");
    await once(one.#server, "listening");
    const origin = new URL(`http://127.0.0.1:${(one.#server.address() as AddressInfo).port}`);
    one.url = new URL(old ? "/sse" : "/mcp", origin).href;
    one.#server.on("request", one.#app(origin, registers));
    return one;
  }

  #app(origin: URL, registers: boolean): Express {
    const app = createMcpExpressApp() as unknown as Express;
    app.use(async (request: IncomingMessage, response: ServerResponse, next: () => void) => {
      const { pathname } = new URL(request.url ?? "/", origin);
      const line = `${request.method} ${pathname}`;
      this.seen.push(line);
      await this.hold?.(line);
      if (pathname !== "/token" || this.trouble === undefined) return next();
      response.writeHead(this.trouble).end("not now");
    });
    const resourceServerUrl = new URL(this.url);
    const many = { rateLimit: false } as const;
    app.use(
      mcpAuthRouter({
        provider: this.#as(registers),
        issuerUrl: origin,
        resourceServerUrl,
        scopesSupported: ["read"],
        authorizationOptions: many,
        clientRegistrationOptions: many,
        revocationOptions: many,
        tokenOptions: many,
      }),
    );
    const resourceMetadataUrl = getOAuthProtectedResourceMetadataUrl(resourceServerUrl);
    const bearer = requireBearerAuth({ verifier: this, resourceMetadataUrl });
    app.all("/mcp", bearer, serveTools);
    app.all("/sse", bearer, serveOldTools());
    return app;
  }

  /** The same, with or without a place to register at. */
  #as(registers: boolean): OAuthServerProvider {
    if (registers) return this;
    const clientsStore = { getClient: (id: string) => this.clients.get(id) };
    return new Proxy<OAuthServerProvider>(this, {
      get: (_, name) => {
        if (name === "clientsStore") return clientsStore;
        const value: unknown = Reflect.get(this, name);
        return typeof value === "function" ? value.bind(this) : value;
      },
    });
  }

  get clientsStore() {
    return {
      getClient: (id: string) => this.clients.get(id),
      registerClient: (client: Omit<OAuthClientInformationFull, "client_id" | "client_id_issued_at">) => {
        const full = { ...client, client_id: randomBytes(8).toString("hex") };
        this.clients.set(full.client_id, full);
        return full;
      },
    };
  }

  async authorize(client: OAuthClientInformationFull, params: AuthorizationParams, given: unknown): Promise<void> {
    const back = new URL(params.redirectUri);
    const code = this.#secret();
    this.#codes.set(code, { ...params, scopes: params.scopes ?? [], client: client.client_id, login: code });
    if (this.consent === "no") {
      back.searchParams.set("error", "access_denied");
      back.searchParams.set("error_description", "<b>No</b>");
    } else back.searchParams.set("code", code);
    if (this.consent === "another sender") back.searchParams.set("iss", "https://elsewhere.example");
    back.searchParams.set("state", this.consent === "another state" ? "stolen" : (params.state ?? ""));
    (given as ServerResponse).writeHead(302, { location: back.href }).end();
  }

  async challengeForAuthorizationCode(_: OAuthClientInformationFull, code: string): Promise<string> {
    const known = this.#codes.get(code);
    if (known === undefined) throw new InvalidGrantError("unknown code");
    return known.codeChallenge;
  }

  async exchangeAuthorizationCode(
    client: OAuthClientInformationFull,
    code: string,
    _verifier?: string,
    redirect?: string,
  ): Promise<OAuthTokens> {
    const known = this.#codes.get(code);
    if (known?.client !== client.client_id || known.redirectUri !== redirect) throw new InvalidGrantError("wrong code");
    this.#codes.delete(code);
    return this.#grant(known);
  }

  async exchangeRefreshToken(client: OAuthClientInformationFull, token: string): Promise<OAuthTokens> {
    const spent = this.#spent.get(token);
    if (spent !== undefined) this.end(spent.login);
    const known = this.refresh.get(token);
    if (known?.client !== client.client_id) throw new InvalidGrantError("unknown refresh token");
    this.refresh.delete(token);
    this.#spent.set(token, known);
    return this.#grant(known);
  }

  async verifyAccessToken(token: string) {
    const grant = this.access.get(token);
    if (grant === undefined) throw new InvalidTokenError("unknown token");
    const expiresAt = Date.now() / 1000 + 3600;
    return { token, clientId: grant.client, scopes: [...grant.scopes], expiresAt };
  }

  async revokeToken(_: OAuthClientInformationFull, { token }: { token: string }): Promise<void> {
    const grant = this.refresh.get(token) ?? this.access.get(token);
    if (grant !== undefined) this.end(grant.login);
  }

  /** All access tokens have run out. */
  expire(): void {
    this.access.clear();
  }

  /** Takes back what a login has brought, or all of them. */
  end(login?: string): void {
    for (const kept of [this.access, this.refresh]) {
      for (const [token, grant] of kept) if (login === undefined || grant.login === login) kept.delete(token);
    }
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  #grant({ client, scopes, login }: Grant): OAuthTokens {
    const [access_token, refresh_token] = [this.#secret(), this.#secret()];
    this.access.set(access_token, { client, scopes, login });
    this.refresh.set(refresh_token, { client, scopes, login });
    return { access_token, refresh_token, token_type: "bearer", expires_in: 3600, scope: scopes.join(" ") };
  }

  #secret(): string {
    const secret = `secret-${randomBytes(16).toString("hex")}`;
    this.secrets.add(secret);
    return secret;
  }
}

type Request = IncomingMessage & { readonly body?: unknown };

function serverWithTool(): McpServer {
  const server = new McpServer({ name: "behind-a-login", version: "1.0.0" });
  server.registerTool("open", { description: "Says that you are in." }, () => ({
    content: [{ type: "text", text: "You are in." }],
  }));
  return server;
}

/** HTTP with server-sent events, as MCP had it before: a stream to listen to, and an address to send to. */
function serveOldTools() {
  const open = new Map<string, SSEServerTransport>();
  return async (request: Request, response: ServerResponse): Promise<void> => {
    const id = new URL(request.url ?? "/", "http://localhost").searchParams.get("sessionId") ?? "";
    if (request.method === "POST") return open.get(id)?.handlePostMessage(request, response, request.body);
    const transport = new SSEServerTransport("/sse", response);
    open.set(transport.sessionId, transport);
    await serverWithTool().connect(transport as Transport);
  };
}

/** No session: each request is answered by itself. */
async function serveTools(request: Request, response: ServerResponse): Promise<void> {
  const server = serverWithTool();
  const transport = new StreamableHTTPServerTransport({});
  response.once("close", () => void server.close());
  await server.connect(transport as Transport);
  await transport.handleRequest(request, response, request.body);
}
