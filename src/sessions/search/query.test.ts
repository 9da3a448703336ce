import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { CodexPlusError } from "../../errors.ts";
import { parseQuery, type Query, type Term } from "./query.ts";

const reading = { now: new Date(2026, 10, 22).getTime(), here: "/work" };

/** A query as a line: `a "b c" (d | e*) -f {"role":"user"}`. */
function told(text: string): string {
  const { all, none, filters } = parseQuery(text, reading);
  const group = (terms: readonly Term[]): string =>
    terms.length === 1 ? terms.map(term).join() : `(${terms.map(term).join(" | ")})`;
  return [
    ...all.map(group),
    ...none.map((each) => `-${term(each)}`),
    ...filters.map((each) => JSON.stringify(each)),
  ].join(" ");
}

function term({ words, prefix }: Term): string {
  return (words.length === 1 ? words.join() : `"${words.join(" ")}"`) + (prefix ? "*" : "");
}

test("words, phrases, beginnings, what must not be there, and one of several", () => {
  const queries: Record<string, string> = {
    "one two": "one two",
    '"one two" three': '"one two" three',
    "“one two”": '"one two"',
    'begin* "two words"*': 'begin* "two words"*',
    '-this -"or that" those': 'those -this -"or that"',
    "a OR b OR c d": "(a | b | c) d",
    "a AND b": "a b",
    "OR a OR": "OR a OR",
    "a OR -b": "a -b",
  };
  assert.deepEqual(Object.fromEntries(Object.keys(queries).map((text) => [text, told(text)])), queries);
});

test("what a person pastes is words that stand beside each other", () => {
  const queries: Record<string, string> = {
    "src/server/http_client.ts:12": '"src server http client ts 12"',
    "C++": "C",
    "https://example.com/a?b=c": '"https example com a b c"',
    "Error: can't open": 'Error "can t" open',
    'it is 5" wide': "it is 5 wide",
    '{"role": "user", x': "role user x",
    "git commit --amend": "git commit amend",
    "a->b - c": '"a b" c',
    "src/*.ts": '"src ts"',
    "++ !! ?": "",
    日本語: '"日 本 語"',
    '"" * ""*': "",
    "role: user": "role user",
    "foo:bar": '"foo bar"',
  };
  assert.deepEqual(Object.fromEntries(Object.keys(queries).map((text) => [text, told(text)])), queries);
});

test("filters stand among the words, and relative folders start where the person is", () => {
  assert.deepEqual(
    parseQuery(
      'fix role:user tool:exec_command model:gpt cwd:. cwd:"/a b" client:tui thread:019a since:2026-11-01',
      reading,
    ),
    {
      all: [[{ words: ["fix"], prefix: false, typed: "fix" }]],
      none: [],
      filters: [
        { role: "user" },
        { tool: "exec_command" },
        { model: "gpt" },
        { cwd: resolve("/work") },
        { cwd: resolve("/a b") },
        { client: "tui" },
        { thread: "019a" },
        { since: new Date(2026, 10, 1).getTime() },
      ],
    } satisfies Query,
  );
});

test("a filter's value that has no meaning is told", () => {
  const messages = ["role:nobody", "since:soon", "before:2026-13-01"].map((text) => {
    try {
      return told(text);
    } catch (error) {
      assert.ok(error instanceof CodexPlusError && error.code === "CP_USAGE");
      return error.message.split(":", 2).join(":").split(" is ")[0];
    }
  });
  assert.deepEqual(messages, ["role:nobody", "since:soon", "before:2026-13-01"]);
});

test("a page that was pasted is known by its first words", () => {
  const page = Array.from({ length: 500 }, (_, n) => `word${n}`).join(" ");
  assert.equal(parseQuery(page, reading).all.length, 48);
  assert.equal(parseQuery(page.replaceAll(" ", "/"), reading).all[0]?.[0]?.words.length, 48);
});

test("any text is a query, or is told why not", () => {
  const bits = fc.constantFrom(
    '"',
    "-",
    "*",
    " ",
    ":",
    "OR",
    " OR ",
    "role:",
    "since:",
    "tool:",
    "a",
    "日",
    "\0",
    "\ud800",
    "\n",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.array(bits).map((list) => list.join("")),
      ),
      (text) => {
        try {
          const { all, none } = parseQuery(text, reading);
          for (const { words } of [...all.flat(), ...none]) assert.ok(words.length > 0);
        } catch (error) {
          assert.ok(error instanceof CodexPlusError && error.code === "CP_USAGE");
        }
      },
    ),
  );
});
