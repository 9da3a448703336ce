/** Talking to a running Codex-Plus over its control routes. */
import { z } from "zod";
import type { Settings } from "../config/schema.ts";

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

/**
 * Who answers at this address: a Codex-Plus (its health), "stranger" for anybody else, undefined for nobody.
 * @param patience ms to wait for the answer
 */
export async function askHealth(url: string, patience = 2000): Promise<Health | "stranger" | undefined> {
  try {
    const response = await fetch(`${url}/_plus/health`, { signal: AbortSignal.timeout(patience), redirect: "manual" });
    const health = healthSchema.safeParse(await response.json());
    return health.success ? health.data : "stranger";
  } catch (error) {
    const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code;
    return code === "ECONNREFUSED" || code === "EADDRNOTAVAIL" ? undefined : "stranger";
  }
}

/** What a running Codex-Plus counts; empty where the token is not accepted. */
export async function askStatus(url: string, token: string | undefined): Promise<Record<string, unknown>> {
  if (token === undefined) return {};
  const response = await fetch(`${url}/_plus/status`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(5000),
  });
  return response.ok ? z.record(z.string(), z.unknown()).parse(await response.json()) : {};
}
