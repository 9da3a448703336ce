/**
 * A workspace with a residency constraint has its own backend and a routing header. Codex looks them up and applies them
 * only while it is not pointed at a proxy (codex-wire 1), so the proxy does it in its place.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { RawHeaders } from "../contracts.ts";
import { header } from "../protocol/headers.ts";

/** Where a workspace's model requests go: another origin, or a header to add, or (nearly always) neither. */
export interface Residency {
  readonly origin?: URL;
  readonly override?: string;
}

/**
 * Fetches the accounts check with the client's own login. Answers the body of a 200, or undefined where there is no such
 * route.
 * @throws for every other answer: it settles nothing
 */
export type AccountsCheck = (headers: RawHeaders) => Promise<Buffer | undefined>;

export interface ResidencyOptions {
  readonly check: AccountsCheck;
  /** Hosts, with their subdomains, that a workspace may be sent to. The answer names the host, but we decide. */
  readonly hosts: readonly string[];
  /** Told what was found, or why it could not be used. Never given a token or an account id. */
  readonly report: (message: string) => void;
  readonly now?: () => number;
}

const UNCONSTRAINED: Residency = {};
const NO_CONSTRAINT = "NO_CONSTRAINT";
/** How long an answer holds, and how long a failed look-up keeps the next one away. */
const FRESH_MS = 3_600_000;
const FAILED_MS = 60_000;
const MAX_ACCOUNTS = 64;

const account = z.object({
  id: z.string().optional(),
  account_id: z.string().optional(),
  workspace_backend_origin: z.string().nullish(),
  account_routing_override: z.string().nullish(),
});
/** `GET /wham/accounts/check`: a list of accounts, or a map of them by id (both are in use). */
const accountsCheck = z.object({
  accounts: z.union([
    z.array(account),
    z
      .record(z.string(), z.object({ account }))
      .transform((map) => Object.entries(map).map(([id, each]) => ({ id, ...each.account }))),
  ]),
});

interface Entry {
  readonly until: number;
  readonly found: Promise<Residency> | Residency;
}

/**
 * @returns a look-up by a request's headers. It answers at once (no promise) for everybody but the first request of an
 *   account, which waits for the check.
 */
export function createResidency(options: ResidencyOptions): (headers: RawHeaders) => Residency | Promise<Residency> {
  const now = options.now ?? Date.now;
  const entries = new Map<string, Entry>();

  return (headers) => {
    const accountId = header(headers, "chatgpt-account-id");
    const authorization = header(headers, "authorization");
    if (accountId === undefined || authorization === undefined) return UNCONSTRAINED;
    const key = createHash("sha256").update(accountId).digest("base64");
    const known = entries.get(key);
    if (known !== undefined && known.until > now()) return known.found;
    const found = lookUp(headers, accountId, options).then(
      (residency) => {
        entries.set(key, { until: now() + FRESH_MS, found: residency });
        return residency;
      },
      (error: unknown) => {
        // What was known of the account before is better than nothing: residency rarely changes.
        const before = known === undefined || known.found instanceof Promise ? UNCONSTRAINED : known.found;
        entries.set(key, { until: now() + FAILED_MS, found: before });
        options.report(`the accounts check failed (${error instanceof Error ? error.message : String(error)})`);
        return before;
      },
    );
    if (entries.size >= MAX_ACCOUNTS) entries.clear();
    entries.set(key, { until: Number.POSITIVE_INFINITY, found });
    return found;
  };
}

async function lookUp(headers: RawHeaders, accountId: string, options: ResidencyOptions): Promise<Residency> {
  const body = await options.check(headers);
  if (body === undefined) return UNCONSTRAINED;
  const parsed = accountsCheck.safeParse(parse(body));
  if (!parsed.success) throw new Error("its answer has an unknown shape");
  const mine = parsed.data.accounts.find((each) => (each.account_id ?? each.id) === accountId || each.id === accountId);
  if (mine === undefined) return UNCONSTRAINED;
  const { workspace_backend_origin: backend, account_routing_override: override } = mine;
  const residency = {
    ...originOf(backend, options),
    ...(override === "us" || override === "us_cr" ? { override } : {}),
  };
  if (residency.origin ?? residency.override)
    options.report("the workspace has a residency constraint, which is applied");
  return residency;
}

function originOf(backend: string | null | undefined, options: ResidencyOptions): Residency {
  if (backend === null || backend === undefined || backend === NO_CONSTRAINT) return UNCONSTRAINED;
  const url = URL.parse(backend);
  const listed = options.hosts.some((host) => url?.hostname === host || url?.hostname.endsWith(`.${host}`));
  const safe = url?.protocol === "https:" || url?.hostname === "127.0.0.1";
  if (url === null || !safe || !listed || url.pathname !== "/") {
    throw new Error(`it names the backend ${url?.host ?? "(no address)"}, which residency.hosts does not allow`);
  }
  return { origin: new URL(url.origin) };
}

/** The parser's own message would quote the answer, which names accounts: it is left out. */
function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
