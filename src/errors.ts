/**
 * One error class and the table of everything that can go wrong and be told to a person.
 * Programmer mistakes stay plain `TypeError`; expected outcomes are values, never throws.
 */

/** Who has to act: the client sent something impossible, upstream or the way to it failed, a stage failed, or we did. */
export type ErrorSource = "client" | "upstream" | "stage" | "self";

interface ErrorRow {
  readonly source: ErrorSource;
  /**
   * HTTP status shown to the client. Codex uploads the whole history up to 30 times after a 5xx and once after a
   * 400, so a permanent cause is a 400 and only a passing one is a 5xx.
   */
  readonly status: number;
  /** The `code` of the wire's error object; one that Codex treats as final where a retry cannot help. */
  readonly wire: string;
  /** What a person can do about it. */
  readonly advice: string;
}

/** Every error code, documented one by one in docs/errors.md (generated from this table). */
export const ERRORS = {
  CP_UPSTREAM_UNREACHABLE: {
    source: "upstream",
    status: 502,
    wire: "upstream_unreachable",
    advice: "Check the network and the upstream address: codex-plus doctor",
  },
  CP_UPSTREAM_DNS: {
    source: "upstream",
    status: 502,
    wire: "upstream_dns",
    advice: "The upstream's name could not be resolved. Check the network, VPN or DNS: codex-plus doctor",
  },
  CP_UPSTREAM_TLS: {
    source: "upstream",
    status: 400,
    wire: "upstream_tls",
    advice: "If a company proxy intercepts TLS, set CODEX_CA_CERTIFICATE to its CA file (PEM): codex-plus doctor",
  },
  CP_UPSTREAM_TIMEOUT: {
    source: "upstream",
    status: 504,
    wire: "upstream_timeout",
    advice: "The upstream did not accept the connection in time. Check the network: codex-plus doctor",
  },
  CP_UPSTREAM_CUT: {
    source: "upstream",
    status: 502,
    wire: "upstream_cut",
    advice: "The upstream ended the connection early. Codex tries again by itself.",
  },
  CP_UPSTREAM_PROTOCOL: {
    source: "upstream",
    // An address of something else, or a gateway that breaks the rules: both will be the same the next time.
    status: 400,
    wire: "upstream_protocol",
    advice: "The upstream answered with something that is not HTTP. Check --upstream and HTTPS_PROXY.",
  },
  CP_PROXY_REFUSED: {
    source: "upstream",
    status: 400,
    wire: "proxy_refused",
    advice: "The proxy named by HTTPS_PROXY refused the tunnel. Check HTTPS_PROXY and its login.",
  },
  CP_TRANSPORT_UNAVAILABLE: {
    source: "self",
    status: 400,
    wire: "transport_unavailable",
    advice: "Choose another transport (--transport codex) or install the missing optional package.",
  },
  CP_REQUEST_TOO_LARGE: {
    source: "client",
    status: 413,
    wire: "request_too_large",
    advice: "Raise limits.requestBytes in config.json, or start a new thread.",
  },
  CP_REQUEST_INVALID: {
    source: "client",
    status: 400,
    wire: "invalid_prompt",
    advice: "The request is not the JSON that the Responses API takes.",
  },
  CP_ENCODING_UNSUPPORTED: {
    source: "client",
    status: 415,
    wire: "unsupported_encoding",
    advice: "Send the body as it is, or in zstd or gzip.",
  },
  CP_FRAME_TOO_LARGE: {
    source: "client",
    status: 413,
    wire: "message_too_large",
    advice: "Raise limits.messageBytes in config.json.",
  },
  CP_WEBSOCKET_PROTOCOL: {
    source: "client",
    status: 400,
    wire: "websocket_protocol",
    advice: "The peer broke the WebSocket framing rules (RFC 6455).",
  },
  CP_HOST_REFUSED: {
    source: "client",
    status: 403,
    wire: "host_refused",
    advice: "Use the address 127.0.0.1, or add the name to server.hosts in config.json.",
  },
  CP_ORIGIN_REFUSED: {
    source: "client",
    status: 403,
    wire: "origin_refused",
    advice: "Control routes are not for web pages of other origins.",
  },
  CP_TOKEN_REQUIRED: {
    source: "client",
    status: 401,
    wire: "token_required",
    advice:
      "Send the token of the file `token` in CODEX_PLUS_HOME as `authorization: Bearer …` or `x-codex-plus-token`.",
  },
  CP_ROUTE_UNKNOWN: {
    source: "client",
    status: 404,
    wire: "route_unknown",
    advice: "See GET /_plus/ for the control routes.",
  },
  CP_STAGE_FAILED: {
    source: "stage",
    status: 500,
    wire: "stage_failed",
    advice: "A feature failed; the log has the details under this request id.",
  },
  CP_STOPPING: {
    source: "self",
    status: 503,
    wire: "stopping",
    advice: "Codex-Plus is stopping. Codex tries again by itself.",
  },
  CP_PORT_TAKEN: {
    source: "self",
    status: 500,
    wire: "port_taken",
    advice: "Choose another port with --port N, or use --ensure to accept a Codex-Plus that is running already.",
  },
  CP_CONFIG_INVALID: {
    source: "self",
    status: 500,
    wire: "config_invalid",
    advice: "Mend the named setting: codex-plus config shows where each value came from.",
  },
  CP_CODEX_UNAVAILABLE: {
    source: "self",
    status: 500,
    wire: "codex_unavailable",
    advice:
      "The Codex CLI comes from the npm registry: check the network and `npm config get registry`, then try again.",
  },
  CP_FILE_UNUSABLE: {
    source: "self",
    status: 500,
    wire: "file_unusable",
    advice: "Nothing was changed. Check that the file exists, is well-formed and is yours to read and write.",
  },
  CP_SERVICE_FAILED: {
    source: "self",
    status: 500,
    wire: "service_failed",
    advice: "codex-plus service logs shows what happened; codex-plus serve runs the proxy without a service.",
  },
  CP_USAGE: {
    source: "client",
    status: 400,
    wire: "usage",
    advice: "The command's --help shows what it takes, with examples.",
  },
  CP_SESSION_UNKNOWN: {
    source: "client",
    status: 404,
    wire: "session_unknown",
    advice:
      "codex-plus sessions list shows conversations with their ids; any beginning of an id that only one has will do.",
  },
  CP_MCP_UNKNOWN: {
    source: "client",
    status: 404,
    wire: "mcp_unknown",
    advice:
      "codex-plus mcp list shows the servers of this folder, and codex-plus mcp get NAME what one of them offers.",
  },
  CP_MCP_SERVER: {
    source: "upstream",
    status: 502,
    wire: "mcp_server",
    advice: "codex-plus mcp test NAME starts the server, says what happens and shows the last lines of its log.",
  },
  CP_MCP_LOGIN: {
    source: "client",
    status: 401,
    wire: "mcp_login",
    advice: "Log in once in the browser: codex-plus mcp login NAME",
  },
  CP_INTERNAL: {
    source: "self",
    // What a request has run into once it runs into again.
    status: 400,
    wire: "internal",
    advice: "This is a bug in Codex-Plus. Please report it with the log line of this request id.",
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

/** An error that a person or client can act on. The message says what happened; `advice` says what to do. */
export class CodexPlusError extends Error {
  readonly code: ErrorCode;

  /** @param message what went wrong, naming the thing: "config.json: port must be 1-65535, got 0" */
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "CodexPlusError";
    this.code = code;
  }

  get row(): ErrorRow {
    return ERRORS[this.code];
  }
}

/** Gives any thrown value the shape of ours, keeping the original as `cause`. */
export function toCodexPlusError(thrown: unknown, code: ErrorCode = "CP_INTERNAL"): CodexPlusError {
  if (thrown instanceof CodexPlusError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new CodexPlusError(code, message, { cause: thrown });
}
