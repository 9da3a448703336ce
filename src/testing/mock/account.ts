/** The small account calls that Codex makes beside the model: plausible answers, never an error that slows a start. */
import type { Answer } from "./script.ts";

export const MOCK_ACCOUNT = "00000000-0000-4000-8000-00000000c0de";

/** Where a workspace's model requests have to go; "NO_CONSTRAINT" for the usual case. */
export interface Residency {
  readonly origin: string;
  readonly override: string;
}

const FREE: Residency = { origin: "NO_CONSTRAINT", override: "NO_CONSTRAINT" };

/** The answer to a request under `chatgpt_base_url`, or undefined for what the backend does not know. */
export function accountAnswer(method: string, path: string, residency: Residency = FREE): Answer | undefined {
  const place = path.replace(/\?.*$/, "");
  if (method === "POST") return place.endsWith("/analytics-events/events") ? { body: { accepted: true } } : undefined;
  if (place.endsWith("/wham/accounts/check")) {
    const routing = { workspace_backend_origin: residency.origin, account_routing_override: residency.override };
    return { body: { accounts: [{ id: MOCK_ACCOUNT, ...routing }] } };
  }
  if (place.includes("/ps/plugins/")) return { body: { plugins: [], pagination: {} } };
  if (place.endsWith("/wham/usage")) return { body: usage };
  if (place.endsWith("/wham/settings/user")) return { body: {} };
  if (place.endsWith("/wham/rate-limit-reset-credits")) return { body: { available_count: 0, credits: [] } };
  return undefined;
}

const usage = {
  plan_type: "plus",
  rate_limit: {
    allowed: true,
    limit_reached: false,
    primary_window: {
      used_percent: 12,
      limit_window_seconds: 18_000,
      reset_after_seconds: 3600,
      reset_at: 1_795_003_600,
    },
    secondary_window: null,
  },
};
