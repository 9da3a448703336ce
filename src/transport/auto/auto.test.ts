import assert from "node:assert/strict";
import { test } from "node:test";
import type { Exchange, RawHeaders, ResponseSink, Transport, Upgrade, UpstreamRequest } from "../../contracts.ts";
import { CodexPlusError } from "../../errors.ts";
import { createLogger } from "../../log.ts";
import { type AutoTransport, createAutoTransport } from "./auto.ts";
import { createMemory } from "./memory.ts";

const CHALLENGE: RawHeaders = ["Transfer-Encoding", "chunked", "CF-Mitigated", "challenge"];
const PLAIN: RawHeaders = ["content-type", "application/json"];

/** One request as a fake transport got it, with the means to answer. */
interface Call {
  readonly request: UpstreamRequest;
  readonly sink: ResponseSink;
  /** What was streamed, and what became of the exchange: "end", "abort", "resume". */
  readonly log: string[];
}

class Fake implements Transport {
  readonly name: string;
  readonly websocket = true;
  readonly calls: Call[] = [];
  upgrades = 0;
  closed = false;
  /** What `write` answers. */
  takesMore = true;
  #refusal: RawHeaders;

  constructor(name: string, refusal: RawHeaders = PLAIN) {
    this.name = name;
    this.#refusal = refusal;
  }

  request(request: UpstreamRequest, sink: ResponseSink): Exchange {
    const log: string[] = [];
    this.calls.push({ request, sink, log });
    return {
      write: (chunk) => log.push(chunk.toString()) > 0 && this.takesMore,
      end: () => void log.push("end"),
      pause: () => void log.push("pause"),
      resume: () => void log.push("resume"),
      abort: () => void log.push("abort"),
    };
  }

  async upgrade(): Promise<Upgrade> {
    this.upgrades += 1;
    return { switched: false, status: 403, reason: "Forbidden", headers: this.#refusal, body: Buffer.from("no") };
  }

  close(): void {
    this.closed = true;
  }

  /** The newest call. */
  get last(): Call {
    const call = this.calls.at(-1);
    assert.ok(call, `${this.name} got no request`);
    return call;
  }
}

/** Writes down what a client gets to hear. */
function listener(): ResponseSink & { heard: unknown[] } {
  const heard: unknown[] = [];
  return {
    heard,
    head: (head) => {
      heard.push(head);
      return head.chunked ? "framed" : "payload";
    },
    data: (bytes) => heard.push(bytes.toString()) > 0,
    end: (trailers) => void heard.push({ trailers }),
    fail: (error) => void heard.push(error.code),
    drain: () => void heard.push("drain"),
  };
}

interface Setup {
  readonly codex: Fake;
  readonly chrome: Fake;
  readonly auto: AutoTransport;
  readonly client: ReturnType<typeof listener>;
  send(body: UpstreamRequest["body"]): Exchange;
  clock: number;
}

function setup({ available = true, refusal = PLAIN } = {}): Setup {
  const codex = new Fake("codex", refusal);
  const chrome = new Fake("chrome");
  const client = listener();
  const log = createLogger("silent");
  const auto: AutoTransport = createAutoTransport({
    first: codex,
    second: chrome,
    available: async () => available,
    log,
    memory: createMemory(() => all.clock),
  });
  const to = { origin: new URL("https://chatgpt.com"), path: "/backend-api/codex/responses" };
  const send = (body: UpstreamRequest["body"]) => auto.request({ to, method: "POST", headers: [], body }, client);
  const all: Setup = { codex, chrome, auto, client, send, clock: 1 };
  return all;
}

const challenge = { status: 403, reason: "Forbidden", headers: CHALLENGE, chunked: true };
const fine = { status: 200, reason: "OK", headers: PLAIN, chunked: false };
const relayed = { status: 403, reason: "Forbidden", headers: ["CF-Mitigated", "challenge"], chunked: false };

function answer(call: Call, head: Parameters<ResponseSink["head"]>[0], ...chunks: string[]): void {
  call.sink.head(head);
  for (const chunk of chunks) call.sink.data(Buffer.from(chunk));
  call.sink.end([]);
}

test("an answer that is no challenge is passed on as it is, framing and all, and the second way is not asked", () => {
  const { codex, chrome, client, send } = setup();
  send(Buffer.from("{}"));
  const refused = { status: 403, reason: "Forbidden", headers: PLAIN, chunked: true };
  answer(codex.last, refused, "a", "b");
  assert.deepEqual(client.heard, [refused, "a", "b", { trailers: [] }]);
  assert.equal(chrome.calls.length, 0);
});

test("a challenged request is sent once more the second way; its host is remembered and goes there at once", () => {
  const { codex, chrome, auto, client, send } = setup();
  const body = Buffer.from("{}");
  send(body);
  codex.last.sink.head(challenge);
  codex.last.sink.data(Buffer.from("<html>"));
  assert.equal(chrome.last.request.body, body);
  answer(chrome.last, fine, "yes");
  assert.deepEqual(client.heard, [fine, "yes", { trailers: [] }]);
  assert.deepEqual(codex.last.log, ["abort"]);
  assert.deepEqual(auto.challenged(), ["chatgpt.com"]);
  send(undefined);
  assert.deepEqual([codex.calls.length, chrome.calls.length], [1, 2]);
});

test("a host is tried the first way again after half an hour", () => {
  const all = setup();
  all.send(undefined);
  all.codex.last.sink.head(challenge);
  answer(all.chrome.last, fine);
  all.clock += 30 * 60_000;
  all.send(undefined);
  assert.deepEqual([all.codex.calls.length, all.chrome.calls.length], [2, 1]);
  assert.deepEqual(all.auto.challenged(), []);
});

test("a streamed body is kept, and sent in one piece when it is complete", () => {
  const { codex, chrome, client, send } = setup();
  const exchange = send("stream");
  exchange.write(Buffer.from("one "));
  codex.last.sink.head(challenge);
  codex.last.sink.end([]);
  exchange.write(Buffer.from("two"));
  assert.equal(chrome.calls.length, 0);
  exchange.end();
  assert.deepEqual(codex.last.log, ["one ", "two", "end"]);
  assert.deepEqual(chrome.last.request.body, Buffer.from("one two"));
  answer(chrome.last, fine, "yes");
  assert.deepEqual(client.heard, [fine, "yes", { trailers: [] }]);
});

test("a client that was told to wait is asked for the rest when a challenge comes: the second try needs it", () => {
  const { codex, chrome, client, send } = setup();
  codex.takesMore = false;
  const exchange = send("stream");
  assert.equal(exchange.write(Buffer.from("one ")), false);
  codex.last.sink.head(challenge);
  assert.equal(exchange.write(Buffer.from("two ")), true);
  codex.last.sink.end([]);
  exchange.write(Buffer.from("three"));
  exchange.end();
  answer(chrome.last, fine, "yes");
  assert.deepEqual(
    [client.heard, `${chrome.last.request.body as Buffer}`],
    [["drain", fine, "yes", { trailers: [] }], "one two three"],
  );
});

test("a client waits for the transport that takes its body, and goes on when that does", () => {
  const { codex, client, send } = setup();
  codex.takesMore = false;
  const exchange = send("stream");
  assert.equal(exchange.write(Buffer.from("one")), false);
  codex.last.sink.drain?.();
  codex.takesMore = true;
  assert.equal(exchange.write(Buffer.from("two")), true);
  assert.deepEqual(client.heard, ["drain"]);
});

test("the challenge is relayed whole when the second way is challenged too, or fails, or the body was too large", () => {
  const ways: ((all: Setup, exchange: Exchange) => void)[] = [
    ({ chrome }, exchange) => {
      exchange.end();
      chrome.last.sink.head(challenge);
      assert.deepEqual(chrome.last.log, ["abort"]);
    },
    ({ chrome }, exchange) => {
      exchange.end();
      chrome.last.sink.fail(new CodexPlusError("CP_TRANSPORT_UNAVAILABLE", "no impit"));
    },
    (_all, exchange) => {
      exchange.write(Buffer.alloc(8 * 1024 * 1024 + 1));
    },
  ];
  for (const way of ways) {
    const all = setup();
    const exchange = all.send("stream");
    all.codex.last.sink.head(challenge);
    all.codex.last.sink.data(Buffer.from("<ht"));
    way(all, exchange);
    all.codex.last.sink.data(Buffer.from("ml>"));
    all.codex.last.sink.end([]);
    assert.deepEqual(all.client.heard, [relayed, "<ht", "ml>", { trailers: [] }]);
    assert.deepEqual(all.auto.challenged(), []);
  }
});

test("a held challenge that has ended already is relayed with its end", () => {
  const { codex, chrome, client, send } = setup();
  send(undefined);
  answer(codex.last, challenge, "<html>");
  assert.deepEqual(client.heard, []);
  chrome.last.sink.fail(new CodexPlusError("CP_UPSTREAM_TLS", "no"));
  assert.deepEqual(client.heard, [relayed, "<html>", { trailers: [] }]);
});

test("a failure that is no challenge is passed on, and so is one of an accepted second answer", () => {
  const { codex, chrome, client, send } = setup();
  send(undefined);
  codex.last.sink.fail(new CodexPlusError("CP_UPSTREAM_DNS", "no"));
  send(undefined);
  codex.last.sink.head(challenge);
  chrome.last.sink.head(fine);
  chrome.last.sink.fail(new CodexPlusError("CP_UPSTREAM_CUT", "cut"));
  assert.deepEqual(client.heard, ["CP_UPSTREAM_DNS", fine, "CP_UPSTREAM_CUT"]);
});

test("abort reaches both tries, and pause and resume the one that is answering", () => {
  const { codex, chrome, send } = setup();
  const exchange = send(undefined);
  exchange.pause();
  exchange.resume();
  codex.last.sink.head(challenge);
  chrome.last.sink.head(fine);
  exchange.pause();
  exchange.resume();
  exchange.abort();
  assert.deepEqual(
    [codex.last.log, chrome.last.log],
    [
      ["pause", "resume", "abort", "abort"],
      ["pause", "resume", "abort"],
    ],
  );
});

test("a challenged WebSocket becomes a 426, but only where the second way exists; a remembered host gets it at once", async () => {
  const request = { to: { origin: new URL("https://chatgpt.com"), path: "/" }, method: "GET", headers: [] };
  const signal = new AbortController().signal;
  const statusOf = async (auto: Transport) => {
    const answer = await auto.upgrade(request, signal);
    return answer.switched ? 101 : answer.status;
  };
  assert.equal(await statusOf(setup({ refusal: CHALLENGE }).auto), 426);
  assert.equal(await statusOf(setup({ refusal: CHALLENGE, available: false }).auto), 403);
  assert.equal(await statusOf(setup().auto), 403);
  const { auto, codex, chrome, send } = setup();
  send(undefined);
  codex.last.sink.head(challenge);
  answer(chrome.last, fine);
  assert.equal(await statusOf(auto), 426);
  assert.equal(codex.upgrades, 0);
});

test("closing closes both ways", () => {
  const { auto, codex, chrome } = setup();
  auto.close();
  assert.deepEqual([codex.closed, chrome.closed], [true, true]);
});
