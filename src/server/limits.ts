/**
 * The rate limits of the last real answer, per account. Codex blanks its limits display after any HTTP answer without
 * them (codex-wire 8), so an answer made here carries what upstream last said.
 */
import { createHash } from "node:crypto";
import type { RawHeaders } from "../contracts.ts";
import { header } from "../protocol/headers.ts";

const LIMIT =
  /^x-(.+-)?(primary|secondary)-(used-percent|window-minutes|reset-at)$|^x-codex-(credits-.+|active-limit|promo-message|rate-limit-reached-type)$|^x-(.+-)?limit-name$/i;
const MAX_ACCOUNTS = 32;

export class LimitMemory {
  readonly #known = new Map<string, string[]>();

  remember(request: RawHeaders, response: RawHeaders): void {
    const limits: string[] = [];
    for (let i = 0; i < response.length; i += 2) {
      const name = response[i] as string;
      if (LIMIT.test(name)) limits.push(name, response[i + 1] as string);
    }
    if (limits.length === 0) return;
    if (this.#known.size >= MAX_ACCOUNTS) this.#known.clear();
    this.#known.set(accountOf(request), limits);
  }

  recall(request: RawHeaders): RawHeaders {
    return this.#known.get(accountOf(request)) ?? [];
  }
}

/** A digest, so that neither account ids nor keys are kept. */
function accountOf(request: RawHeaders): string {
  const id = header(request, "chatgpt-account-id") ?? header(request, "authorization") ?? "";
  return createHash("sha256").update(id).digest("base64");
}
