/** What the gateway says no with: JSON-RPC errors (a code, a sentence), as the SDK sends whatever has a `code`. */
import { CodexPlusError } from "../../errors.ts";

/** JSON-RPC 2.0, and MCP's own for a resource that is not there. */
const CODES = { methodNotFound: -32601, invalidParams: -32602, internal: -32603, resourceNotFound: -32002 } as const;

/** An error whose code the client gets to see. */
export class Refusal extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

export function invalid(message: string): Refusal {
  return new Refusal(CODES.invalidParams, message);
}

export function notOffered(message: string): Refusal {
  return new Refusal(CODES.methodNotFound, message);
}

export function unknownResource(uri: string, message: string): Refusal {
  return new Refusal(CODES.resourceNotFound, message, { uri });
}

/** What a server refused is told with the server's own code and words; what we could not do, with ours and what to do. */
export function refusalOf(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  const { code, message, data } = ofServer(thrown) ?? {};
  if (code !== undefined) return new Refusal(code, message ?? "the server refused", data);
  if (!(thrown instanceof CodexPlusError)) return new Refusal(CODES.internal, "Codex-Plus failed; its log says how");
  const { invalidParams, internal } = CODES;
  return new Refusal(
    thrown.code === "CP_MCP_UNKNOWN" ? invalidParams : internal,
    `${thrown.message}. ${thrown.row.advice}`,
  );
}

/** The JSON-RPC error that a server answered with, where that is what stopped us. The SDK puts its code into the words. */
function ofServer(thrown: unknown): { code: number; message: string; data?: unknown } | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    const { code, data } = error as { code?: unknown; data?: unknown };
    if (error.name !== "McpError" || typeof code !== "number" || CONNECTION.has(code)) continue;
    return { code, message: error.message.replace(/^MCP error -?\d+: /, ""), data };
  }
  return undefined;
}

/** The SDK's own codes for a connection that was lost or too slow: not what a server has said. */
const CONNECTION: ReadonlySet<number> = new Set([-32000, -32001]);
