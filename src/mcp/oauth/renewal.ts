/** Renewing a login once, however many connections and processes find at the same moment that it has run out. */
import { createHash } from "node:crypto";
import type { FetchLike } from "@modelcontextprotocol/sdk/shared/transport.js";
import { z } from "zod";
import { locked } from "../../lib/lock.ts";
import type { Login, LoginOf, LoginStore } from "./store.ts";

/** Until an authorization server must have answered, in ms. */
export const ANSWER_MS = 20_000;

/** RFC 6749, section 5.1, as far as it is looked at here; the SDK checks the rest. */
const grantedSchema = z.looseObject({ access_token: z.string() });
/** Section 5.2: what says that a login is over, and not that something is amiss at this moment. */
const refusedSchema = z.looseObject({ error: z.enum(["invalid_grant", "invalid_client", "unauthorized_client"]) });

/**
 * The `fetch` of a connection, in which a refresh token is spent one at a time: many servers take it once only, and end
 * the whole login when they see it twice. Whoever comes second gets what the first one has got. What comes of it is kept
 * before anybody else is let in, or a newer login could be lost.
 */
export function renewing(server: LoginOf, store: LoginStore, reach: FetchLike): FetchLike {
  /** By the token that is spent: who finds one at it here waits for that, and for no time of its own. */
  const underway = new Map<string, Promise<Answer>>();
  /** The access token that a server has turned away last. */
  let refused: string | undefined;
  return async (url, init) => {
    const asked = refreshToken(init?.body);
    if (asked === undefined) {
      const response = await reach(url, init);
      if (response.status === 401) refused = accessToken(init?.headers) ?? refused;
      return response;
    }
    const renewal =
      underway.get(asked) ??
      locked(renewalLock(server, store), 2 * ANSWER_MS, () =>
        renewed({ server, store, asked, refused }, () =>
          reach(url, { ...init, signal: AbortSignal.timeout(ANSWER_MS) }),
        ),
      ).finally(() => underway.delete(asked));
    underway.set(asked, renewal);
    const { body, status } = await renewal;
    return new Response(body, { status, headers: { "content-type": "application/json" } });
  };
}

/** What the SDK is answered: bytes, which several may read. */
interface Answer {
  readonly body: string;
  readonly status: number;
}

interface Renewal {
  readonly server: LoginOf;
  readonly store: LoginStore;
  /** The refresh token that is to be spent, and the access token that is to be replaced. */
  readonly asked: string;
  readonly refused: string | undefined;
}

async function renewed({ server, store, asked, refused }: Renewal, ask: () => Promise<Response>): Promise<Answer> {
  const tokens = (await store.get(server))?.tokens;
  // Logged out meanwhile.
  if (tokens === undefined) return { body: JSON.stringify({ error: "invalid_grant" }), status: 400 };
  const isOver = tokens.refresh_token !== asked || (refused !== undefined && tokens.access_token !== refused);
  if (isOver) return { body: JSON.stringify(tokens), status: 200 };
  const response = await ask();
  const body = await response.text();
  await store.change(server, (login) => outcome(login, asked, response.ok, json(body)));
  return { body, status: response.status };
}

/** The file that stands there while somebody spends a server's refresh token. */
export function renewalLock(server: LoginOf, store: LoginStore): string {
  const name = createHash("sha256").update(JSON.stringify([server.name, server.config.url]));
  return `${store.path}.${name.digest("hex").slice(0, 12)}.lock`;
}

/** What becomes of a login; of one that has been made anew meanwhile: nothing. */
function outcome(login: Login | undefined, asked: string, ok: boolean, answer: unknown): Login | undefined {
  if (login?.tokens?.refresh_token !== asked) return login;
  if (!ok) return refusedSchema.safeParse(answer).success ? withoutTokens(login) : login;
  const granted = grantedSchema.safeParse(answer);
  return granted.success ? { ...login, tokens: { ...login.tokens, ...granted.data } } : login;
}

/** The secret of a client is the person's own and stays. */
export function withoutTokens({ secret }: Login): Login | undefined {
  return secret === undefined ? undefined : { secret };
}

/** What the SDK sends when it renews: a form with the grant type of RFC 6749, section 6. */
function refreshToken(body: unknown): string | undefined {
  if (!(body instanceof URLSearchParams) || body.get("grant_type") !== "refresh_token") return undefined;
  return body.get("refresh_token") ?? undefined;
}

function accessToken(headers: ConstructorParameters<typeof Headers>[0]): string | undefined {
  return /^Bearer (.+)$/.exec(new Headers(headers).get("authorization") ?? "")?.[1];
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
