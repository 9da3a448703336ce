import assert from "node:assert/strict";
import test, { suite } from "node:test";
import { Tail } from "./tail.ts";

const delta = 'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"x"}\n\n';
const completed = 'event: response.completed\ndata: {"type":"response.completed","response":{"id":"a"}}\n\n';

/** What is known after so many bytes of a text that came in pieces. */
function after(pieces: readonly string[]): string {
  const tail = new Tail();
  for (const piece of pieces) tail.push(Buffer.from(piece));
  return tail.end();
}

suite("Tail", () => {
  const cases: [string, readonly string[], string][] = [
    ["nothing", [], "open"],
    ["a delta", [delta], "open"],
    ["a delta that quotes the end", [delta.replace("x", "event: response.completed")], "open"],
    ["the end in one piece with the rest", [delta + completed], "told"],
    ["the end in a piece of its own", [delta, completed], "told"],
    ["the end followed by what is no event", [delta, completed, "data: [DONE]\n\n"], "told"],
    ["the end in many pieces", [delta, ...(completed.match(/.{1,7}/gs) ?? [])], "told"],
    ["the end in pieces begun with a delta", [delta + completed.slice(0, 20), completed.slice(20)], "told"],
    ["the end but for its blank line", [delta, completed.slice(0, -1)], "nearly"],
    ["the end but for its line ends", [delta, completed.slice(0, -2)], "nearly"],
    ["the end but for its last brace", [delta, completed.slice(0, -3)], "open"],
    ["line ends of CR and LF", [delta, completed].map((event) => event.replaceAll("\n", "\r\n")), "told"],
    ["the end cut between its line ends", [delta, completed.slice(0, -1), "\n"], "told"],
    ["the end, byte by byte", [...delta, ...completed], "told"],
  ];
  for (const [what, pieces, end] of cases) {
    test(`${what}: ${end}`, () => assert.equal(after(pieces), end));
  }

  test("An event without end is not kept for ever", () => {
    const tail = new Tail();
    for (let i = 0; i < 100; i++) tail.push(Buffer.alloc(65_536, "x"));
    assert.equal(tail.end(), "open");
    tail.push(Buffer.from(`\n\n${completed}`));
    assert.equal(tail.end(), "told");
  });
});
