/** Talking to a running Codex-Plus over its control routes. */
import { z } from "zod";
import type { Settings } from "../config/schema.ts";
import { readToken } from "../config/token.ts";

const healthSchema = z.looseObject({
  name: z.literal("codex-plus"),
  ok: z.boolean(),
  version: z.string(),
  pid: z.int(),
  port: z.int(),
  home: z.string(),
  upstream: z.string().optional(),
  transport: z.string(),
  startedAt: z.string(),
});
/** What one that other machines reach tells without the token. */
const briefSchema = z.strictObject({ name: z.literal("codex-plus"), ok: z.boolean(), version: z.string() });
export type Health = z.output<typeof healthSchema>;

/** The address at which this machine reaches a listener: one that listens everywhere is asked on loopback. */
export function localUrl(host: string, port: number): string {
  const name = ["0.0.0.0", "::", ""].includes(host) ? "127.0.0.1" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

/** Where the settings say that Codex-Plus is. */
export function configuredUrl({ server }: Settings): string {
  return localUrl(server.host, server.port);
}

/** How long an answer is waited for, in ms. */
const PATIENCE = 2000;

/**
 * Who answers at this address: a Codex-Plus (its health), "stranger" for anybody else, undefined for nobody.
 * @param home whose token is shown to a Codex-Plus that tells more of itself only then; without it, and where the token is
 *   another's, that one is a stranger: it would serve nothing that we send
 */
export async function askHealth(url: string, home?: string): Promise<Health | "stranger" | undefined> {
  try {
    let answer = await fetchHealth(url, {});
    if (home !== undefined && briefSchema.safeParse(answer).success) {
      const token = await readToken(home);
      if (token !== undefined) answer = await fetchHealth(url, { "x-codex-plus-token": token });
    }
    const health = healthSchema.safeParse(answer);
    return health.success ? health.data : "stranger";
  } catch (error) {
    const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code;
    return code === "ECONNREFUSED" || code === "EADDRNOTAVAIL" ? undefined : "stranger";
  }
}

async function fetchHealth(url: string, headers: Record<string, string>): Promise<unknown> {
  const signal = AbortSignal.timeout(PATIENCE);
  const response = await fetch(`${url}/_plus/health`, { headers, signal, redirect: "manual" });
  return response.json();
}

/** What a running Codex-Plus counts; empty where the token is not accepted. */
export async function askStatus(url: string, token: string | undefined): Promise<Record<string, unknown>> {
  if (token === undefined) return {};
  const response = await fetch(`${url}/_plus/status`, {
    headers: { "x-codex-plus-token": token },
    signal: AbortSignal.timeout(5000),
  });
  return response.ok ? z.record(z.string(), z.unknown()).parse(await response.json()) : {};
}
