import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { CodexPlusError } from "../../../src/errors.ts";
import type { ItemFacts, Leg, ThreadFacts } from "../../../src/sessions/ledger.ts";
import { wordList } from "../../../src/sessions/search/words.ts";
import type { Reader, SearchFilter } from "../../../src/sessions/store.ts";
import { assistant, call, leg, message, output, thread, user } from "../writer/legs.ts";
import { library } from "./library.ts";

const DAY = 24 * 60 * 60_000;
let keys = 0;

/** One turn that says so. */
function said(
  id: string,
  asked: readonly ItemFacts[],
  answered: readonly ItemFacts[] = [],
  more: Partial<Leg> = {},
): Leg {
  const key = String(++keys);
  return leg(key, { thread: thread(id), turn: key, begins: true, whole: false, asked, answered, ...more });
}

/** The texts found, matches in brackets. */
function found(reader: Reader, query: string, filter: SearchFilter = {}): string[] {
  return reader.search(query, filter).map(({ snippet }) => snippet.replaceAll("\u0001", "[").replaceAll("\u0002", "]"));
}

describe("a search", () => {
  test("tells where, by whom and in which thread it was said", (context) => {
    const { reader } = library(context, [
      said("t", [user("please run it")], [call("c1", "exec_command")], { started: 1000, ms: 500 }),
      said("t", [output("c1", "it ran well")], [], { started: 2000 }),
    ]);
    const row = reader.thread("t");
    assert.deepEqual(reader.search("ran", {}), [
      {
        thread: row,
        turn: 2,
        item: 3,
        role: "tool",
        tool: "exec_command",
        at: 2000,
        snippet: "it \u0001ran\u0002 well",
      },
    ]);
    assert.deepEqual(reader.search("please", {}), [
      { thread: row, turn: 1, item: 1, role: "user", at: 1000, snippet: "\u0001please\u0002 run it" },
    ]);
  });

  test("finds words, phrases, beginnings, names and their parts, and text without blanks", (context) => {
    const { reader } = library(context, [
      said("a", [user("Fix newHTTPServer in src/http_client.ts, please")]),
      said("b", [user("the client of http is broken: Café")]),
      said("c", [user("データベースの設定を変更する")]),
      said("d", [user("\u001b[31merror\u001b[0m: it can't")]),
    ]);
    const queries: Record<string, string[]> = {
      "http client": [
        "the [client] of [http] is broken: Café",
        "Fix new[HTTP]Server in src/[http]_[client].ts, please",
      ],
      '"http client"': ["Fix newHTTPServer in src/[http_client].ts, please"],
      "src/http_client.ts": ["Fix newHTTPServer in [src/http_client.ts], please"],
      "http client -café": ["Fix new[HTTP]Server in src/[http]_[client].ts, please"],
      "serv*": ["Fix newHTTP[Serv]er in src/http_client.ts, please"],
      "newhttp*": ["Fix [newHTTP]Server in src/http_client.ts, please"],
      HTTPServer: ["Fix new[HTTPServer] in src/http_client.ts, please"],
      "cafe OR server": ["the client of http is broken: [Café]", "Fix newHTTP[Server] in src/http_client.ts, please"],
      設定: ["データベースの[設定]を変更する"],
      定設: [],
      error: ["[error]: it can't"],
      "can't": ["error: it [can't]"],
      nothing: [],
      "nothing*": [],
    };
    const told = Object.fromEntries(Object.keys(queries).map((query) => [query, found(reader, query).toSorted()]));
    assert.deepEqual(
      told,
      Object.fromEntries(Object.entries(queries).map(([query, texts]) => [query, texts.toSorted()])),
    );
  });

  test("is narrowed by flags and by filters in the query, all at once", (context) => {
    const where = (id: string, cwd: string, model: string): ThreadFacts =>
      thread(id, { cwd, model, client: "codex-tui" });
    const { reader } = library(context, [
      said("t1", [user("word u1")], [assistant("word a1"), call("c1", "exec_command")], {
        thread: where("t1", "/p", "gpt-5"),
        started: 10 * DAY,
      }),
      said("t1", [output("c1", "word o1")], [message("reasoning", "word r1")], {
        thread: where("t1", "/p", "gpt-5"),
        started: 20 * DAY,
      }),
      said("t2", [user("word u2")], [], { thread: where("t2", "/p/q", "o4"), started: 30 * DAY }),
      said("t3", [user("word u3")], [], {
        thread: { ...where("t3", "/p", "o4"), kind: "title", root: "t2" },
        started: 30 * DAY,
      }),
      said("t4", [user("word u4")], [], {
        thread: { ...where("t4", "/x", "o4"), kind: "subagent", root: "t2" },
        started: 40 * DAY,
      }),
    ]);
    const cases: [query: string, filter: SearchFilter, texts: string][] = [
      ["word", {}, "a1 o1 r1 u1 u2 u4"],
      ["word", { role: "user" }, "u1 u2 u4"],
      ["word role:reasoning", {}, "r1"],
      ["word role:user", { role: "tool" }, ""],
      ["word tool:exec", {}, "o1"],
      ["word", { tool: "exec_command" }, "o1"],
      ["word tool:exec_patch", {}, ""],
      ["word cwd:/p", {}, "a1 o1 r1 u1 u2"],
      ["word cwd:q", { here: "/p" }, "u2"],
      ["word", { cwd: "/p", model: "O4" }, "u2"],
      ["word client:tui thread:t2", {}, "u2 u4"],
      ["word", { thread: "t1" }, "a1 o1 r1 u1"],
      ["word since:1970-01-15", {}, "o1 r1 u2 u4"],
      ["word", { since: 15 * DAY, before: 30 * DAY }, "o1 r1"],
      ["word before:1970-01-15", { since: 11 * DAY }, ""],
      ["role:user", {}, "u1 u2 u4"],
      ["-a1 -o1 -c1", {}, "r1 u1 u2 u4"],
      ["u*", {}, "u1 u2 u4"],
    ];
    for (const [query, filter, texts] of cases) {
      const names = found(reader, query, filter).map((text) => text.replaceAll(/[[\]]/g, "").split(" ")[1]);
      assert.equal(names.toSorted().join(" "), texts, `${query} ${JSON.stringify(filter)}`);
    }
  });

  test("is the same for few threads and for many", (context) => {
    const legs = Array.from({ length: 450 }, (_, n) =>
      said(`t${n}`, [user(`word ${n}`)], [], {
        thread: thread(`t${n}`, { cwd: n % 2 === 0 ? "/even" : "/odd" }),
        started: n * DAY,
      }),
    );
    const { reader } = library(context, legs);
    const numbers = (query: string, filter: SearchFilter): number[] =>
      reader.search(query, { limit: 500, ...filter }).map(({ thread: { id } }) => Number(id.slice(1)));
    const even = legs.map((_, n) => n).filter((n) => n % 2 === 0);
    assert.deepEqual(numbers("cwd:/even", {}), even.toReversed());
    assert.deepEqual(
      numbers("word cwd:/even", {}).toSorted((a, b) => a - b),
      even,
    );
    assert.deepEqual(numbers("cwd:/even", { before: 7 * DAY }), [6, 4, 2, 0]);
    assert.deepEqual(numbers("word", { since: 400 * DAY, before: 100 * DAY }), []);
    assert.deepEqual(numbers("role:user", { before: 440 * DAY, since: 3 * DAY }).length, 437);
  });

  test("ranks what people said, what stands close together, what is rare and what is new", (context) => {
    const now = Date.now();
    const { reader } = library(context, [
      said("1", [], [message("reasoning", "alpha thought")], { started: now }),
      said("2", [output("c", "alpha printed")], [], { started: now }),
      said("3", [user("alpha old")], [], { started: now - 400 * DAY }),
      said("4", [user("alpha new")], [], { started: now }),
      said("5", [user(`beta ${"lorem ".repeat(300)} gamma`)], [], { started: now }),
      said("6", [user(`${"lorem ".repeat(300)} beta gamma`)], [], { started: now }),
    ]);
    const threads = (query: string): string =>
      reader
        .search(query, {})
        .map(({ thread: { id } }) => id)
        .join("");
    assert.equal(threads("alpha"), "4231");
    assert.equal(threads("beta gamma"), "65");
  });

  test("shows what others said before more of the same thread", (context) => {
    const same = Array.from({ length: 30 }, (_, n) => said("busy", [user(`word ${n}`)], [], { started: Date.now() }));
    const { reader } = library(context, [
      said("other", [user("a word among many others that were said then")]),
      ...same,
    ]);
    const threads = reader.search("word", { limit: 5 }).map(({ thread: { id } }) => id);
    assert.deepEqual(threads, ["busy", "busy", "busy", "other", "busy"]);
  });

  test("sees what was asked long ago behind what a tool has printed since", (context) => {
    const printed = Array.from({ length: 700 }, (_, n) => output(`c${n}`, `word ${n}`));
    const { reader } = library(context, [said("old", [user("the word")]), said("new", printed)]);
    assert.ok(reader.search("word", {}).some(({ role }) => role === "user"));
  });

  test("has an answer for beginnings that very many words have", (context) => {
    const names = Array.from({ length: 600 }, (_, n) => `w${n.toString(36)}`);
    const { reader } = library(context, [
      said("many", [user(names.join(" "))]),
      said("one", [user("alone wzz9")]),
      said("none", [user("alone other")]),
    ]);
    const threads = (query: string): string[] =>
      reader
        .search(query, {})
        .map(({ thread: { id } }) => id)
        .toSorted();
    assert.deepEqual(threads("w*"), ["many", "one"]);
    assert.deepEqual(threads("alone w*"), ["one"]);
    assert.deepEqual(threads("alone -w*"), ["none"]);
    assert.deepEqual(threads('"alone w"*'), ["one"]);
    assert.deepEqual(threads("nothing OR w*"), ["many", "one"]);
    assert.deepEqual(reader.search("w*", { limit: 1 }).length, 1);
  });

  test("that asks nothing is told so", (context) => {
    const { reader } = library(context, [said("t", [user("a")])]);
    for (const query of ["", "  ", "++", '""', "*"]) {
      assert.throws(
        () => reader.search(query, { limit: 3 }),
        (error) => error instanceof CodexPlusError && error.code === "CP_USAGE",
        query,
      );
    }
    assert.deepEqual(found(reader, "", { role: "user" }), ["a"]);
  });

  test("may be any text", (context) => {
    const { reader } = library(context, [said("t", [user('some words AND others OR (none) NOT "quoted"')])]);
    const bits = fc.constantFrom(
      '"',
      "-",
      "*",
      "(",
      ")",
      " ",
      ":",
      "^",
      "NEAR(",
      " AND ",
      " OR ",
      " NOT ",
      "words",
      "日",
      "\0",
      "\ud800",
      "{",
      "}",
      "+",
      "'",
    );
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(bits).map((list) => list.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          reader.search(text, {});
        } catch (error) {
          assert.ok(error instanceof CodexPlusError && error.code === "CP_USAGE", String(error));
        }
      }),
      { numRuns: 500 },
    );
  });

  test("finds any text by any of its words", (context) => {
    const { reader, writer } = library(context);
    let runs = 0;
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 12 }), { maxLength: 8 }), (parts) => {
        const id = `t${++runs}`;
        const text = parts.join(" ");
        writer.append([said(id, [user(text)])]);
        for (const word of text.split(/\s+/)) {
          const first = wordList(word)[0];
          if (first === undefined || /^(?:-|role:|since:|before:|tool:|cwd:|model:|client:|thread:)/.test(word))
            continue;
          for (const query of [`"${word.replaceAll(/["“”„]/g, " ")}"`, first, `${first}*`]) {
            assert.ok(reader.search(query, { thread: id }).length === 1, `${text}: ${query}`);
          }
        }
      }),
    );
  });
});
