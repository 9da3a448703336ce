/** What a check found, and what it may look at. */
import type { Loaded } from "../../config/load.ts";
import { toCodexPlusError } from "../../errors.ts";
import type { Health } from "../control.ts";
import type { CodexConfig } from "./codex-config.ts";
import type { Login } from "./login.ts";

export interface Finding {
  readonly name: string;
  readonly state: "ok" | "warn" | "fail";
  /** What is so. Never a token. */
  readonly says: string;
  /** What to do about it. */
  readonly cure?: string;
}

/** Gathered once, before the checks. */
export interface Facts extends Loaded {
  /** Where the settings say that the proxy is. */
  readonly url: string;
  /** Who answers there. */
  readonly health: Health | "stranger" | undefined;
  readonly codex: { readonly path: string; readonly version: string | undefined } | undefined;
  readonly codexConfig: CodexConfig;
  readonly login: Login | undefined;
}

export type Check = (facts: Facts) => Finding | Promise<Finding>;

/** What went wrong on the way out, as a finding. */
export function failed(name: string, thrown: unknown): Finding {
  const error = toCodexPlusError(thrown);
  // The advice of the proxy's errors leads here; here it would go round in a circle.
  return { name, state: "fail", says: error.message, cure: error.row.advice.replace(": codex-plus doctor", "") };
}
