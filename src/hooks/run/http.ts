/** HTTP hooks: the event is posted as JSON; an answer of the 200s with a JSON object is read as a command's output is. */
import type { Handler, HookEvent, HookInput } from "../hook.ts";
import type { Ending } from "../output.ts";

/** What settings allow of HTTP hooks. */
export interface Fences {
  /** Patterns with `*`; undefined for all. */
  readonly urls: readonly string[] | undefined;
  readonly variables: readonly string[] | undefined;
}

export type Send = (url: string, init: RequestInit) => Promise<Response>;

const MOST_OUTPUT = 1024 * 1024;

/** Posts to an HTTP hook. Never throws. */
export async function runHttp(
  handler: Handler,
  event: HookEvent,
  input: HookInput,
  fences: Fences,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  send: Send,
): Promise<Ending> {
  const failed = (failure: string): Ending => ({ code: undefined, stdout: "", stderr: "", failure });
  if (fences.urls !== undefined && !fences.urls.some((pattern) => expressionOf(pattern).test(handler.name))) {
    return failed(`HTTP hook blocked: ${handler.name} does not match any pattern in allowedHttpHookUrls`);
  }
  try {
    const response = await send(handler.name, {
      method: "POST",
      headers: { "content-type": "application/json", ...headersOf(handler, fences, env) },
      body: JSON.stringify({ ...input, hook_event_name: event }),
      redirect: "error",
      signal,
    });
    const text = (await limited(response)).trim();
    if (!response.ok) return failed(`HTTP ${response.status} from ${handler.name}`);
    if (text !== "" && !text.startsWith("{")) return failed("HTTP hook must return JSON, but its answer is none");
    return { code: 0, stdout: text, stderr: "" };
  } catch (error) {
    const cause = (error as Error).cause;
    return failed(cause instanceof Error ? cause.message : (error as Error).message);
  }
}

/** `$NAME` and `${NAME}` stand for variables that the handler names and the settings allow; others become empty. */
function headersOf({ options }: Handler, { variables }: Fences, env: NodeJS.ProcessEnv): Record<string, string> {
  const allowed = new Set((options.allowedEnvVars ?? []).filter((name) => variables?.includes(name) ?? true));
  const filled = (value: string): string =>
    value.replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced: string | undefined, bare: string | undefined) => {
      const name = braced ?? bare ?? "";
      return allowed.has(name) ? (env[name] ?? "") : "";
    });
  return Object.fromEntries(Object.entries(options.headers ?? {}).map(([name, value]) => [name, filled(value)]));
}

async function limited(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    pieces.push(piece);
    size += piece.length;
    if (size > MOST_OUTPUT) throw new Error("it answered more than 1 MiB");
  }
  return Buffer.concat(pieces).toString("utf8");
}

function expressionOf(pattern: string): RegExp {
  const literal = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${literal.join(".*")}$`);
}
