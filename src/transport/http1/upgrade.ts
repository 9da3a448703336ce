/** Asks for a WebSocket on a connection of its own: the switched socket is given away, a refusal is read to its end. */
import type { ResponseHead, Upgrade, UpstreamRequest } from "../../contracts.ts";
import { CodexPlusError, toCodexPlusError } from "../../errors.ts";
import { Connection, type ConnectionUser } from "./connection.ts";
import type { Wiring } from "./exchange.ts";
import { formatHead } from "./request-head.ts";
import { type ResponseEvents, ResponseParser } from "./response-parser.ts";

/** A refusal longer than this is cut: it is an error page, and it is held in memory. */
const REFUSAL_BYTES = 1024 * 1024;
/** Nor is its end waited for longer than this, in ms. */
const REFUSAL_MS = 5000;

/**
 * @throws CodexPlusError CP_REQUEST_INVALID, CP_UPSTREAM_CUT (also when `signal` aborts), CP_UPSTREAM_PROTOCOL, or what
 * the connector throws
 */
export async function requestUpgrade(
  wiring: Wiring,
  request: Omit<UpstreamRequest, "body">,
  signal: AbortSignal,
): Promise<Upgrade> {
  const head = formatHead(request, "");
  const { origin } = request.to;
  const socket = await wiring.connector
    .connect(origin, "websocket", signal)
    .catch((error: unknown) => Promise.reject(toCodexPlusError(error, "CP_UPSTREAM_UNREACHABLE")));
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      connection.destroy();
      reject(new CodexPlusError("CP_UPSTREAM_CUT", `${origin.host}: the upgrade was given up`));
    };
    const handshake = new Handshake(request.method, wiring.headBytes, (answer) => {
      signal.removeEventListener("abort", onAbort);
      if (answer instanceof CodexPlusError) reject(answer);
      else resolve(answer);
    });
    const connection = new Connection(socket, origin.origin, handshake);
    socket.write(head, "latin1");
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

class Handshake implements ConnectionUser, ResponseEvents {
  readonly #parser: ResponseParser;
  readonly #settle: (answer: Upgrade | CodexPlusError) => void;
  #head: ResponseHead | undefined;
  readonly #body: Buffer[] = [];
  #bodyBytes = 0;
  /** Runs from a refusal's head to its end. */
  #late: NodeJS.Timeout | undefined;

  constructor(method: string, headBytes: number, settle: (answer: Upgrade | CodexPlusError) => void) {
    this.#parser = new ResponseParser(method, this, headBytes, true);
    this.#settle = (answer) => {
      clearTimeout(this.#late);
      settle(answer);
    };
  }

  onBytes(connection: Connection, bytes: Buffer): void {
    const used = this.#parser.push(bytes);
    const { problem, done } = this.#parser;
    if (problem !== undefined) {
      connection.destroy();
      this.#settle(new CodexPlusError("CP_UPSTREAM_PROTOCOL", `${connection.origin}: answered with ${problem}`));
    } else if (done || this.#bodyBytes > REFUSAL_BYTES) this.#answer(connection, bytes.subarray(used));
    else if (this.#head !== undefined) {
      this.#late ??= setTimeout(() => this.#answer(connection, Buffer.alloc(0)), REFUSAL_MS).unref();
    }
  }

  onEnd(connection: Connection): void {
    if (this.#parser.finish()) this.#answer(connection, Buffer.alloc(0));
    else this.onClose(connection, undefined);
  }

  onClose(connection: Connection, error: Error | undefined): void {
    connection.destroy();
    const what = error?.message ?? "ended the connection early";
    this.#settle(new CodexPlusError("CP_UPSTREAM_CUT", `${connection.origin}: ${what}`, { cause: error }));
  }

  onDrain(): void {}

  informational(): void {}

  head(head: ResponseHead): "payload" {
    this.#head = head;
    return "payload";
  }

  data(bytes: Buffer): void {
    this.#body.push(bytes);
    this.#bodyBytes += bytes.length;
  }

  #answer(connection: Connection, rest: Buffer): void {
    if (this.#head === undefined) return;
    const { status, reason, headers } = this.#head;
    if (status === 101) {
      this.#settle({ switched: true, headers, reason, socket: connection.surrender(), rest });
    } else {
      connection.destroy();
      const body = Buffer.concat(this.#body).subarray(0, REFUSAL_BYTES);
      this.#settle({ switched: false, status, reason, headers, body });
    }
  }
}
