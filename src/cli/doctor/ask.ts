/** One GET over a transport, read whole. */

import { PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { RawHeaders, Transport } from "../../contracts.ts";
import { CodexPlusError } from "../../errors.ts";

export interface Answer {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: Buffer;
}

/**
 * @param patience ms until the whole answer must be there
 * @throws CodexPlusError what the transport says, or CP_UPSTREAM_TIMEOUT
 */
export async function ask(
  transport: Transport,
  to: URL,
  headers: RawHeaders,
  method = "GET",
  patience = 20_000,
): Promise<Answer> {
  const body = new PassThrough();
  const target = { origin: new URL(to.origin), path: to.pathname + to.search };
  const { promise, resolve, reject } = Promise.withResolvers<Omit<Answer, "body">>();
  const request = { to: target, method, headers: ["host", to.host, ...headers], body: undefined };
  const exchange = transport.request(request, {
    head({ status, headers }) {
      resolve({ status, headers });
      return "payload";
    },
    // Read to the end at once: nothing here is large enough to be held back.
    data: (bytes) => body.write(bytes) || true,
    end: () => body.end(),
    fail(error) {
      reject(error);
      body.destroy(error);
    },
  });
  const late = setTimeout(() => {
    exchange.abort();
    const error = new CodexPlusError("CP_UPSTREAM_TIMEOUT", `${to.origin} did not answer within ${patience / 1000} s`);
    reject(error);
    body.destroy(error);
  }, patience);
  try {
    const [head, bytes] = await Promise.all([promise, buffer(body)]);
    return { ...head, body: bytes };
  } finally {
    clearTimeout(late);
  }
}
