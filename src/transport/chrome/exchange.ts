/** One request through impit. */
import type { HttpMethod, Impit, ImpitResponse } from "impit";
import type { Exchange, ResponseSink, UpstreamRequest } from "../../contracts.ts";
import { CodexPlusError } from "../../errors.ts";
import { chromeError } from "./failure.ts";
import { fromImpit, toImpit } from "./headers.ts";
import { createUpload } from "./upload.ts";

const METHODS: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]);

/** @param client the browser to send through; its loading may still be under way or have failed */
export function startExchange(client: Promise<Impit>, request: UpstreamRequest, sink: ResponseSink): Exchange {
  const { origin, path } = request.to;
  const stop = new AbortController();
  const upload = request.body === "stream" ? createUpload(() => sink.drain?.()) : undefined;
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let paused = false;
  let wake: (() => void) | undefined;

  async function ask(): Promise<ImpitResponse> {
    if (!METHODS.has(request.method)) {
      throw new CodexPlusError(
        "CP_TRANSPORT_UNAVAILABLE",
        `the chrome transport cannot send ${request.method} requests`,
      );
    }
    const body = upload?.stream ?? (Buffer.isBuffer(request.body) ? request.body : undefined);
    return (await client).fetch(new URL(path, origin).href, {
      method: request.method as HttpMethod,
      headers: toImpit(request.headers, upload !== undefined),
      signal: stop.signal,
      ...(body === undefined ? {} : { body }),
    });
  }

  async function run(): Promise<void> {
    const response = await ask();
    if (stop.signal.aborted) return void response.body.cancel();
    reader = response.body.getReader();
    sink.head({
      status: response.status,
      reason: response.statusText,
      headers: fromImpit(response.headers, request.method === "HEAD"),
      chunked: false,
    });
    while (true) {
      if (paused) await new Promise<void>((resolve) => (wake = resolve));
      const { done, value } = await reader.read();
      if (stop.signal.aborted) return;
      if (done) return sink.end([]);
      if (!sink.data(Buffer.from(value.buffer, value.byteOffset, value.byteLength))) paused = true;
    }
  }

  run().catch((cause: unknown) => {
    if (!stop.signal.aborted) sink.fail(chromeError(origin, cause));
  });

  return {
    write: (chunk) => upload?.write(chunk) ?? true,
    end: () => upload?.end(),
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      wake?.();
    },
    abort() {
      stop.abort();
      wake?.();
      // impit closes the connection at once only when its reader is cancelled; the signal alone leaves that to the GC.
      reader?.cancel().catch(() => {});
    },
  };
}
