/**
 * HTTP/1.1 to the upstream over any connector. Own code, because header order and case must stay as they came, and
 * because handing on chunked bytes as they are is what makes a relay fast (docs/performance.md).
 */
import type { Exchange, ResponseSink, Transport } from "../../contracts.ts";
import { CodexPlusError, toCodexPlusError } from "../../errors.ts";
import type { Connector } from "../connector.ts";
import { Http1Exchange, type Wiring } from "./exchange.ts";
import { Pool } from "./pool.ts";
import { encodeRequest } from "./request-head.ts";
import { requestUpgrade } from "./upgrade.ts";

export interface Http1Options {
  /** The transport's name in logs and settings. */
  readonly name: string;
  readonly connector: Connector;
  /** How long an idle connection is kept, in milliseconds. Default: 60 s, shorter than the usual server's patience. */
  readonly idleMs?: number;
  /** Most idle connections for one origin. Default: 64. Those in use are not limited. */
  readonly idleMax?: number;
  /** Most bytes of a response head, and of trailers. Default: 256 KiB. */
  readonly headBytes?: number;
}

/** A transport that speaks HTTP/1.1, with WebSocket upgrades. It waits for a response as long as it takes. */
export function createHttp1Transport(options: Http1Options): Transport {
  const { connector, name } = options;
  const pool = new Pool(options.idleMs ?? 60_000, options.idleMax ?? 64);
  const wiring: Wiring = { connector, pool, headBytes: options.headBytes ?? 256 * 1024 };
  let closed = false;
  const checkOpen = () => {
    if (closed) throw new CodexPlusError("CP_STOPPING", "The upstream transport is closed");
  };
  return {
    name,
    websocket: true,
    request(request, sink) {
      try {
        checkOpen();
        return new Http1Exchange(wiring, request, encodeRequest(request), sink);
      } catch (thrown) {
        return failedExchange(sink, toCodexPlusError(thrown));
      }
    },
    async upgrade(request, signal) {
      checkOpen();
      return requestUpgrade(wiring, request, signal);
    },
    close() {
      closed = true;
      pool.close();
    },
  };
}

/** An exchange that was over before it began. It says so later, when its caller has it in hand. */
function failedExchange(sink: ResponseSink, error: CodexPlusError): Exchange {
  let aborted = false;
  process.nextTick(() => {
    if (!aborted) sink.fail(error);
  });
  return {
    write: () => true,
    end() {},
    pause() {},
    resume() {},
    abort() {
      aborted = true;
    },
  };
}
