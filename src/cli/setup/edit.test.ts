import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assign, KEY, literalOf, parseToml, remove } from "./edit.ts";

/** Pieces of valid TOML; the tables and keys get a number so that a document never has one twice. */
const PIECES = [
  '# a comment with openai_base_url = "x"',
  "",
  "  ",
  "key# = 'text'  # why",
  "key# = [ 1,\n  [2, 3], # inner\n]",
  'key# = """\nopenai_base_url = "inside"\n[not.a.table]\n"""',
  "key# = '''\nopenai_base_url = \"inside\"\n'''",
  "key# = 9223372036854775807\t",
  "key# = nan",
  "key# = 2026-11-22T10:00:00Z",
  "[table#]",
  '[table#.x]\nopenai_base_url = "a table\'s own"',
  "[[list#]]",
];
const OWN = ["", `${KEY} = "https://old.example/v1"\n`, `  "${KEY}"='http://x'   # mine\n`];

const documents = fc
  .record({
    pieces: fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }),
    own: fc.constantFrom(...OWN),
    preface: fc.constantFrom("", "\uFEFF", "#:schema https://example.com/config.json\n"),
    ending: fc.constantFrom("\n", "\r\n"),
    trailing: fc.boolean(),
  })
  .map(({ pieces, own, preface, ending, trailing }) => {
    const body = pieces.map((piece, index) => piece.replace(/(key|table|list)#/g, `$1${index}`)).join("\n");
    return (preface + own + body + (trailing ? "\n" : "")).replace(/\n/g, ending);
  });

test("setting the key changes nothing else, and taking it back gives the bytes there were", () => {
  fc.assert(
    fc.property(documents, (text) => {
      const before = parseToml(text);
      const literal = literalOf(text);
      const edited = assign(text, '"http://127.0.0.1:3000"') ?? assert.fail("not understood");
      assert.deepEqual(parseToml(edited), { ...before, [KEY]: "http://127.0.0.1:3000" });
      assert.equal(literal === undefined ? remove(edited) : assign(edited, literal), text);
    }),
    { numRuns: 500 },
  );
});

test("a new key stands first, but behind what editors want first, and in the document's own line ends", () => {
  const line = 'openai_base_url = "u" # added by codex-plus; `codex-plus setup --undo` takes it out';
  assert.deepEqual(
    ["", "model = 1", "\uFEFF#:schema s\r\n# note\r\n[t]\r\n"].map((text) => assign(text, '"u"')),
    [`${line}\n`, `${line}\nmodel = 1`, `\uFEFF#:schema s\r\n${line}\r\n# note\r\n[t]\r\n`],
  );
});

test("a key written in a way not understood is left to its owner", () => {
  const odd = ['openai_base_url = """x"""\n', "openai_base_url = 3\n", "openai_base_url.x = 'y'\n"];
  assert.deepEqual(
    odd.map((text) => [assign(text, '"u"'), remove(text)]),
    odd.map(() => [undefined, undefined]),
  );
});

test("a document that is not TOML is refused with its line", () => {
  assert.throws(() => assign("a = 1\nb = \n", '"u"'), { line: 2 });
});
