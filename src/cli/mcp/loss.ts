/** What a failed POST to the gateway means: whether the proxy is gone, and whether it can have taken the message. */

/** The session is not known (it is another proxy now), the token is another, or it is stopping. */
const NOT_TAKEN: readonly unknown[] = [404, 401, 503];

/** In the body of a gateway that is there, and has no server of that name. */
const UNKNOWN_SERVER = '"code":"mcp_unknown"';

/** Whether the gateway that was asked is no longer there; false for what it has said about the message itself. */
export function isLost(error: unknown): boolean {
  if (error instanceof Error && error.message.includes(UNKNOWN_SERVER)) return false;
  return NOT_TAKEN.includes(codeOf(error)) || (error instanceof TypeError && error.message === "fetch failed");
}

/** Whether nothing can have happened because of the message. */
export function neverArrived(error: unknown): boolean {
  return NOT_TAKEN.includes(codeOf(error)) || codeOf((error as Error).cause) === "ECONNREFUSED";
}

/** For a person: our own words where the proxy has answered with some. */
export function wordsOf(error: unknown): string {
  const { message } = error as Error;
  if (codeOf((error as Error).cause) !== undefined) return "the proxy of Codex-Plus does not answer";
  const [, body] = /^[^{]*(\{.*\})$/s.exec(message) ?? [];
  try {
    const { error: told } = JSON.parse(body ?? "") as { error?: { message?: unknown } };
    return typeof told?.message === "string" ? told.message : message;
  } catch {
    return message;
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}
