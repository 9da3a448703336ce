/** What every request handler is given: the rooms below, as contracts. Built once, by app.ts. */
import type { RawHeaders, Transport } from "../contracts.ts";
import type { Logger } from "../log.ts";
import type { Residency } from "../providers/residency.ts";
import type { Route } from "../providers/route.ts";
import type { Stage } from "../turn.ts";
import type { Guard } from "./guard.ts";
import type { LimitMemory } from "./limits.ts";
import type { Records } from "./record.ts";
import type { UsageMemory } from "./usage.ts";

export interface Limits {
  readonly requestBytes: number;
  readonly messageBytes: number;
  readonly headerBytes: number;
  readonly headMs: number;
  readonly stopMs: number;
  readonly keepaliveMs: number;
}

export interface Front {
  readonly transport: Transport;
  readonly route: (url: string, headers: RawHeaders) => Route;
  readonly residency: (headers: RawHeaders) => Residency | Promise<Residency>;
  readonly stages: readonly Stage[];
  readonly guard: Guard;
  readonly records: Records;
  readonly limits: Limits;
  /** The rate limits last seen, for answers that are made here. */
  readonly memory: LimitMemory;
  /** What conversations have used, as far as it passed here. */
  readonly usage: UsageMemory;
  readonly log: Logger;
}
