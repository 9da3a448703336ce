import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { placesOf } from "./places.ts";
import { parseQuery } from "./query.ts";
import { BEGIN, END, snippetOf } from "./snippet.ts";

/** Matches in brackets. */
function snippet(text: string, query: string): string {
  const { all } = parseQuery(query, { now: 0, here: "/" });
  return snippetOf(text, placesOf(all.flat())(text)).replaceAll(BEGIN, "[").replaceAll(END, "]");
}

const filler = (words: number): string => "lorem ipsum ".repeat(words / 2).trim();

test("words are marked whatever their case and accents, in names and in scripts without blanks", () => {
  const cases: [text: string, query: string, told: string][] = [
    ["The Café is closed", "cafe", "The [Café] is closed"],
    ["see src/http_client.ts, line 3", "http_client.ts", "see src/[http_client.ts], line 3"],
    ["newHTTPServer(port) serves", "server", "newHTTP[Server](port) serves"],
    ["newHTTPServer(port)", "HTTPServer port", "new[HTTPServer]([port])"],
    ["concat is not cat", "cat", "concat is not [cat]"],
    ["testing tests", "test*", "[test]ing [test]s"],
    ["これは日本語のテキスト", "日本語", "これは[日本語]のテキスト"],
    ["МОСКВА и Москва", "москва", "[МОСКВА] и [Москва]"],
  ];
  assert.deepEqual(
    cases.map(([text, query]) => snippet(text, query)),
    cases.map(([, , told]) => told),
  );
});

test("of a long text the places are shown where most of what was looked for stands together", () => {
  const text = `${filler(100)} red ${filler(100)} red green ${filler(100)} blue ${filler(100)}`;
  const told = snippet(text, "red green blue");
  assert.match(told, /^….{20,40} \[red\] \[green\] .{40,90}….{20,50} \[blue\] .{40,90}…$/);
});

test("without a place it is the beginning", () => {
  assert.equal(snippet("short\ntext", "other"), "short text");
  assert.match(snippet(filler(200), "other"), /^lorem ipsum .{80,130}…$/);
});

test("controls are taken out", () => {
  assert.equal(snippet("\u001bred\u0001 a\u0002pple\u0007", "red"), "[red] apple");
});

test("a snippet is short, well-formed, and marks are in pairs", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 2000 }),
      fc.string({ unit: "binary", maxLength: 6 }),
      (text, word) => {
        const { all } = {
          all: [[{ words: [`${word}a`.match(/[\p{L}\p{N}]+/u)?.[0] ?? "a"], prefix: true, typed: "" }]],
        };
        const well = text.toWellFormed();
        const told = snippetOf(well, placesOf(all.flat())(well));
        assert.ok(told.length < 1000 && told.isWellFormed());
        const marks = [...told].filter((letter) => letter === BEGIN || letter === END).join("");
        assert.equal(marks, `${BEGIN}${END}`.repeat(marks.length / 2));
      },
    ),
  );
});
