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
  let aborted = false;
  const upload = request.body === "stream" ? createUpload(() => sink.drain?.()) : undefined;
  let answer: { response: ImpitResponse; reader: ReadableStreamDefaultReader<Uint8Array> } | undefined;
  let paused = false;
  let wake: (() => void) | undefined;

  async function ask(): Promise<ImpitResponse> {
    const browser = await client;
    // Anything but a path would change the host, were it put behind an origin.
    if (!METHODS.has(request.method) || !path.startsWith("/")) {
      const message = `the chrome transport cannot send ${request.method} ${path}`;
      throw new CodexPlusError("CP_TRANSPORT_UNAVAILABLE", message);
    }
    const body = upload?.stream ?? (Buffer.isBuffer(request.body) ? request.body : undefined);
    return browser.fetch(origin.origin + path, {
      method: request.method as HttpMethod,
      headers: toImpit(request.headers, upload !== undefined),
      ...(body === undefined ? {} : { body }),
    });
  }

  async function run(): Promise<void> {
    const response = await ask();
    const reader = response.body.getReader();
    answer = { response, reader };
    if (aborted) return hangUp();
    sink.head({
      status: response.status,
      reason: response.statusText,
      headers: fromImpit(response.headers, request.method === "HEAD"),
      chunked: false,
    });
    while (true) {
      if (paused) await new Promise<void>((resolve) => (wake = resolve));
      const { done, value } = await reader.read();
      if (aborted) return;
      if (done) return sink.end([]);
      if (!sink.data(Buffer.from(value.buffer, value.byteOffset, value.byteLength))) paused = true;
    }
  }

  /**
   * impit ends a response at once only when it is aborted and its reader cancelled; one of the two, or the signal that
   * fetch takes, leaves that to the garbage collector. Before the response there is nothing to abort: then it waits.
   */
  function hangUp(): void {
    answer?.response.abort();
    answer?.reader.cancel().catch(() => {});
  }

  run().catch((cause: unknown) => {
    if (!aborted) sink.fail(chromeError(origin, cause));
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
      aborted = true;
      wake?.();
      upload?.abort();
      hangUp();
    },
  };
}
