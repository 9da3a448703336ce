import assert from "node:assert/strict";
import test, { suite } from "node:test";
import type { ResponseSink, Transport, UpstreamRequest } from "../contracts.ts";
import { CodexPlusError } from "../errors.ts";
import { createAccountsCheck } from "./accounts.ts";

const HEADERS = ["Authorization", "Bearer t", "cookie", "c=1", "ChatGPT-Account-Id", "a", "content-length", "9"];
const idle = { write: () => true, end() {}, pause() {}, resume() {}, abort() {} };

/** Asks a transport that does this with the request. */
function asked(play: (sink: ResponseSink, request: UpstreamRequest) => void): Promise<Buffer | undefined> {
  const transport: Transport = {
    name: "played",
    websocket: false,
    request(request, sink) {
      setImmediate(() => play(sink, request));
      return idle;
    },
    upgrade: () => Promise.reject(new Error("not asked for")),
    close() {},
  };
  return createAccountsCheck(transport, new URL("https://chatgpt.com"))(HEADERS);
}

function answers(status: number, body: Buffer): Promise<Buffer | undefined> {
  return asked((sink) => {
    sink.head({ status, reason: "", headers: [], chunked: false });
    sink.data(body);
    sink.end([]);
  });
}

suite("The accounts check", () => {
  test("It asks with the login and the account, and nothing else of the client's request", async () => {
    const body = await asked((sink, { to, method, headers }) => {
      sink.head({ status: 200, reason: "OK", headers: [], chunked: false });
      sink.data(Buffer.from(JSON.stringify([`${method} ${to.origin.host}${to.path}`, ...headers])));
      sink.end([]);
    });
    assert.deepEqual(JSON.parse(`${body}`), [
      "GET chatgpt.com/backend-api/wham/accounts/check",
      ...["authorization", "Bearer t", "chatgpt-account-id", "a", "accept", "*/*", "host", "chatgpt.com"],
    ]);
  });

  test("A 200 is its body, and a 404 nothing", async () => {
    const body = Buffer.from("{}");
    assert.deepEqual([await answers(200, body), await answers(404, body)], [body, undefined]);
  });

  for (const status of [204, 302, 400, 401, 403, 429, 500, 503]) {
    test(`A ${status} settles nothing`, async () => {
      await assert.rejects(answers(status, Buffer.from("no")), { message: `status ${status}` });
    });
  }

  test("An answer over the limit settles nothing", async () => {
    await assert.rejects(answers(200, Buffer.alloc(1024 * 1024 + 1)), {
      message: "an answer of more than 1048576 bytes",
    });
  });

  test("A failure is handed on", async () => {
    const error = new CodexPlusError("CP_UPSTREAM_DNS", "no");
    await assert.rejects(
      asked((sink) => sink.fail(error)),
      error,
    );
  });
});
