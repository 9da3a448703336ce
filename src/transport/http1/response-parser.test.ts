import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ResponseHead } from "../../contracts.ts";
import { type ResponseEvents, ResponseParser } from "./response-parser.ts";

const LIMIT = 4096;
const latin1 = (text: string) => Buffer.from(text, "latin1");

function isRefused(pieces: Buffer[]): boolean {
  const parser = new ResponseParser("GET", { informational() {}, head: () => "payload", data() {} }, LIMIT);
  for (const piece of pieces) parser.push(Buffer.from(piece));
  return parser.problem !== undefined;
}

const chunkedHead = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

describe("ResponseParser refuses", () => {
  const refused: [string, string][] = [
    ["another protocol", "SSH-2.0-OpenSSH_9.6\r\n"],
    ["HTTP/2", "HTTP/2 200 OK\r\n\r\n"],
    ["a lower-case protocol name", "http/1.1 200 OK\r\n\r\n"],
    ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n"],
    ["a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n"],
    ["a status below 100", "HTTP/1.1 099 OK\r\n\r\n"],
    ["bare line feeds", "HTTP/1.1 200 OK\ncontent-length: 0\n\n"],
    ["one bare line feed", "HTTP/1.1 200 OK\r\na: b\nc: d\r\n\r\n"],
    ["a bare carriage return in a value", "HTTP/1.1 200 OK\r\na: b\rc\r\n\r\n"],
    ["a zero byte in a value", "HTTP/1.1 200 OK\r\na: b\0c\r\n\r\n"],
    ["a folded field", "HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n"],
    ["a space before the colon", "HTTP/1.1 200 OK\r\ncontent-length : 3\r\n\r\n"],
    ["a field without a name", "HTTP/1.1 200 OK\r\n: 3\r\n\r\n"],
    ["a field without a colon", "HTTP/1.1 200 OK\r\nabc\r\n\r\n"],
    ["two different lengths", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n"],
    ["a list of lengths", "HTTP/1.1 200 OK\r\ncontent-length: 3, 3\r\n\r\n"],
    ["a signed length", "HTTP/1.1 200 OK\r\ncontent-length: +3\r\n\r\n"],
    ["an empty length", "HTTP/1.1 200 OK\r\ncontent-length:\r\n\r\n"],
    ["a length beyond counting", "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n"],
    ["a malformed length even where there is no body", "HTTP/1.1 304 Not Modified\r\ncontent-length: 3x\r\n\r\n"],
    ["a length and chunks", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n"],
    ["chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"],
    ["an unknown coding", "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n"],
    ["chunked twice", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n"],
    ["a 101 nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n"],
    ["too many 1xx", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(65)],
    ["a chunk size that is no number", `${chunkedHead}x\r\n`],
    ["a missing chunk size", `${chunkedHead}\r\n`],
    ["a signed chunk size", `${chunkedHead}-1\r\n`],
    ["a prefixed chunk size", `${chunkedHead}0x1\r\n`],
    ["a space behind the chunk size", `${chunkedHead}1 \r\na\r\n`],
    ["a chunk size beyond counting", `${chunkedHead}ffffffffffffffff\r\n`],
    ["a bare line feed behind the chunk size", `${chunkedHead}1\na\r\n`],
    ["a bare line feed in an extension", `${chunkedHead}1;a\n0\r\na\r\n`],
    ["a carriage return in an extension", `${chunkedHead}1;a\rb\r\na\r\n`],
    ["an endless extension", `${chunkedHead}1;${"a".repeat(5000)}`],
    ["a chunk longer than its size", `${chunkedHead}1\r\nab\r\n`],
    ["a bare line feed behind a chunk", `${chunkedHead}1\r\na\n0\r\n\r\n`],
    ["malformed trailers", `${chunkedHead}0\r\na b\r\n\r\n`],
    ["endless trailers", `${chunkedHead}0\r\n${"a: b\r\n".repeat(1000)}`],
    ["an endless head", `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(1000)}`],
    ["a head that is whole but too long", `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(1000)}\r\n`],
  ];
  for (const [what, text] of refused) {
    test(what, () => {
      const bytes = latin1(text);
      assert.equal(isRefused([bytes]), true);
      assert.equal(isRefused(Array.from(bytes, (byte) => Buffer.of(byte))), true);
    });
  }

  for (const [mode, expected] of [
    ["payload", "abcde"],
    ["framed", "3\r\nabc\r\n2\r\nde"],
  ] as const) {
    test(`a chunk too long, but has handed on what stood before it (${mode})`, () => {
      let body = "";
      const data = (bytes: Buffer) => {
        body += bytes.toString("latin1");
      };
      const parser = new ResponseParser("GET", { informational() {}, head: () => mode, data }, LIMIT);
      parser.push(latin1(`${chunkedHead}3\r\nabc\r\n2\r\ndeX\r\n`));
      assert.deepEqual({ body, refused: parser.problem !== undefined }, { body: expected, refused: true });
    });
  }
});

describe("ResponseParser and the connection", () => {
  const cases: [string, string, { method?: string; ended?: boolean; reusable: boolean; done: boolean }][] = [
    ["keeps it after a counted body", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na", { reusable: true, done: true }],
    [
      "keeps it when the length is repeated",
      "HTTP/1.1 200 OK\r\ncontent-length: 1\r\nContent-Length: 1\r\n\r\na",
      { reusable: true, done: true },
    ],
    ["keeps it after a chunked body", `${chunkedHead}0\r\n\r\n`, { reusable: true, done: true }],
    [
      "gives it up on connection: close",
      "HTTP/1.1 204 No Content\r\nConnection: x, Close\r\n\r\n",
      { reusable: false, done: true },
    ],
    ["gives it up after HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n", { reusable: false, done: true }],
    ["gives it up after CONNECT", "HTTP/1.1 200 OK\r\n\r\n", { method: "CONNECT", reusable: false, done: true }],
    ["ends an uncounted body with it", "HTTP/1.1 200 OK\r\n\r\nabc", { ended: true, reusable: false, done: true }],
    [
      "does not take its end for that of a counted body",
      "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nabc",
      { ended: true, reusable: true, done: false },
    ],
    [
      "does not take its end for that of a chunked body",
      `${chunkedHead}1\r\na\r\n0\r\n`,
      { ended: true, reusable: true, done: false },
    ],
  ];
  for (const [title, text, { method = "GET", ended, ...expected }] of cases) {
    test(title, () => {
      const parser = new ResponseParser(method, { informational() {}, head: () => "payload", data() {} }, LIMIT);
      parser.push(latin1(text));
      if (ended) parser.finish();
      assert.deepEqual({ reusable: parser.reusable, done: parser.done }, expected);
    });
  }

  test("a 101 that was asked for is the final answer, and the bytes behind it are not read", () => {
    const heads: ResponseHead[] = [];
    const events: ResponseEvents = {
      informational() {},
      data() {},
      head(head) {
        heads.push(head);
        return "payload";
      },
    };
    const parser = new ResponseParser("GET", events, LIMIT, true);
    const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
    assert.equal(parser.push(latin1(`${head}\x81\x00`)), head.length);
    assert.equal(parser.done, true);
    assert.deepEqual(heads, [
      { status: 101, reason: "Switching Protocols", headers: ["Upgrade", "websocket"], chunked: false },
    ]);
  });
});
