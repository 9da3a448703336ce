/** Judged by a real bash: what is typed arrives as data, character for character, or is refused. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { type Piece, quoteInto, Unplaceable } from "./quote.ts";

const value = (text: string, whole = false) => ({ text, whole });

function bash(shell: string): string {
  return execFileSync("/bin/bash", ["-c", shell], { encoding: "utf8", env: { PATH: process.env.PATH }, stdio: "pipe" });
}

/** No `~`: it stays what a person means by it, the home folder. */
const hostile = fc.string({
  unit: fc.constantFrom(..."ab $`\"'\\;&|<>(){}[]!#*?\n\t=-", "$(id)", "`id`", "; id;", "'\"'", "EOF"),
  minLength: 1,
  maxLength: 12,
});

test("a typed word arrives unchanged wherever it stands: bare, in both quotes, inside a substitution", () => {
  const nested = (word: Piece): Piece[] => ["printf '%s' \"$(printf '%s.' \"", word, '")"'];
  const places: ((word: Piece) => Piece[])[] = [
    (word) => ["printf '%s' ", word],
    (word) => ["printf '%s' '", word, "'"],
    (word) => ["printf '%s' \"", word, '"'],
    nested,
    (word) => ["x=", word, "; printf '%s' \"$x\""],
    (word) => ["if true; then printf '%s' ", word, "; fi"],
    (word) => ["printf '%s' ", word, " 2>/dev/null | cat"],
  ];
  const one = fc.tuple(fc.constantFrom(...places), hostile);
  // Many in one bash: starting one takes longer than all they do.
  fc.assert(
    fc.property(fc.array(one, { minLength: 100, maxLength: 100 }), (list) => {
      const shell = list.map(([place, typed]) => `${quoteInto(place(value(typed)))}\nprintf '\\0'`).join("\n");
      assert.deepEqual(
        bash(shell).split("\0").slice(0, -1),
        list.map(([place, typed]) => (place === nested ? `${typed}.` : typed)),
      );
    }),
    { numRuns: 10 },
  );
});

test("all that was typed goes in as its words, quotes grouping as they were meant to", () => {
  const shown = (typed: string) => bash(quoteInto(["printf '<%s>' ", value(typed, true)]));
  assert.deepEqual(
    [shown("a b"), shown("a; id"), shown('"a b" $(id)'), shown("it's"), shown("*")],
    ["<a><b>", "<a;><id>", "<a b><$(id)>", "<it's>", "<*>"],
  );
});

test("a line in a here-document stays one, and several are refused", () => {
  const here = (typed: string, mark: string) => quoteInto([`cat <<${mark}\n`, value(typed), "\nEOF"]);
  assert.equal(bash(here("$(id) `id` \\ $HOME", "EOF")), "$(id) `id` \\ $HOME\n");
  assert.equal(bash(here("$(id) `id` \\", "'EOF'")), "$(id) `id` \\\n");
  assert.throws(() => here("a\nEOF\nid", "EOF"), Unplaceable);
});

test("where a shell would read even quoted text as code, only harmless text is let in", () => {
  const places: Piece[][] = [
    ["eval ", value("$(id)")],
    ['bash -c "echo ', value("$(id)"), '"'],
    ["echo $((", value("a[$(id)]"), "))"],
    ["[[ ", value("a[$(id)]"), " -eq 0 ]]"],
    ["echo `echo ", value("$(id)"), "`"],
    ["echo a # ", value("\nid")],
    [`echo \${X:-`, value("$(id)"), "}"],
    ["$X ", value("$(id)")],
    ["echo {a,", value("$(id)"), "}"],
    ["f() { echo ", value("$(id)"), "; }"],
    ["test -v ", value("a[$(id)]")],
    ["awk ", value('BEGIN{system("id")}')],
    ["echo $'", value("'; id"), "'"],
    ["cat <<", value("$(id)")],
    ["echo 'unclosed ", value("$(id)")],
    ["ssh host ", value("; id")],
    ["\\eval ", value("$(id)")],
    ["'eval' ", value("$(id)")],
    ['e"va"l ', value("$(id)")],
    ["echo \\\\\\", value("$(id)")],
    ['echo "\\\\\\', value("$(id)"), '"'],
    ["echo $", value("\\'; id #")],
    ["a[", value("x[$(id)]"), "]=1"],
    ["a=([", value("x[$(id)]"), "]=1)"],
    ["echo ", value("$(id)"), " | bash"],
    ["cat <<EOF | sh\n", value("$(id)"), "\nEOF"],
    ["bash <<< ", value("$(id)")],
    ["bash <<EOF\n", value("id"), ";", value("$(id)"), "\nEOF"],
    ["trap ", value("$(id)"), " EXIT"],
    ["(echo ", value("$(id)"), ") | (bash)"],
  ];
  const let_in = places.filter((place) => {
    try {
      quoteInto(place);
      return true;
    } catch (error) {
      return !(error instanceof Unplaceable);
    }
  });
  assert.deepEqual(let_in, []);
  assert.equal(quoteInto(['bash -c "echo ', value("main-1.2"), '"']), 'bash -c "echo main-1.2"');
});
