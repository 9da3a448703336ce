/** The page: one file that asks for nothing and runs nothing, whatever was said in the session. */
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { before, test } from "node:test";
import { type DefaultTreeAdapterTypes, parse } from "parse5";
import { example, HOSTILE } from "./example.ts";
import { inFolder, ledger } from "./ledger.ts";

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

let page = "";
let elements: readonly Element[] = [];

before(async () => {
  await inFolder(async (folder) => {
    const one = ledger(folder, "one");
    await one.append(example);
    page = (await one.exported(example[0]?.thread.id ?? "", "html", true)).text;
  });
  elements = [...below(parse(page))];
});

function* below(node: Node): Generator<Element> {
  if ("tagName" in node) yield node;
  if ("childNodes" in node) for (const child of node.childNodes) yield* below(child);
}

function textOf(node: Node): string {
  if (node.nodeName === "#text") return (node as DefaultTreeAdapterTypes.TextNode).value;
  return "childNodes" in node ? node.childNodes.map(textOf).join("") : "";
}

const named = (name: string, from: readonly Element[] = elements): readonly Element[] =>
  from.filter(({ tagName }) => tagName === name);
const attribute = (element: Element, name: string): string | undefined =>
  element.attrs.find((each) => each.name === name)?.value;
const ofClass = (name: string): readonly Element[] =>
  elements.filter((element) => attribute(element, "class")?.split(" ").includes(name));

test("it is made of elements that cannot run or fetch anything, and of attributes that cannot either", () => {
  const tags =
    "html head meta title style body header h1 dl div dt dd nav details summary table tbody tr td a span main section h2 small article h3 p code pre h4 b i em strong blockquote ul ol li thead th img footer";
  const attributes = "charset http-equiv content name lang class id href title rel alt src open";
  const allowed = { tags: new Set(tags.split(" ")), attributes: new Set(attributes.split(" ")) };
  assert.deepEqual(
    [...new Set(elements.map(({ tagName }) => tagName))].filter((tag) => !allowed.tags.has(tag)),
    [],
  );
  const names = elements.flatMap(({ attrs }) => attrs.map(({ name }) => name));
  assert.deepEqual(
    [...new Set(names)].filter((name) => !allowed.attributes.has(name)),
    [],
  );
});

test("its policy forbids everything but its own style and pictures within it", () => {
  const [style] = named("style");
  assert.ok(style);
  const [policy] = named("meta").filter((meta) => attribute(meta, "http-equiv") === "Content-Security-Policy");
  assert.equal(
    policy && attribute(policy, "content"),
    `default-src 'none'; img-src data:; style-src 'sha256-${hash("sha256", textOf(style), "base64")}'; base-uri 'none'; form-action 'none'`,
  );
});

test("links lead to the web, or to a place of the page that is there", () => {
  const ids = elements.map((element) => attribute(element, "id")).filter((id) => id !== undefined);
  assert.equal(new Set(ids).size, ids.length);
  const links = named("a").map((link) => attribute(link, "href") ?? "");
  const inside = links.filter((link) => link.startsWith("#")).map((link) => link.slice(1));
  assert.deepEqual(
    inside.filter((id) => !ids.includes(id)),
    [],
  );
  assert.deepEqual(
    [...new Set(links.filter((link) => !link.startsWith("#")))],
    ["https://example.com/engine/pull/7", "https://example.com/?a=1&b=%222%22", "https://tracker.example"],
  );
});

test("what was meant to do harm is there as text", () => {
  const [typed] = ofClass("user").filter((element) => textOf(element).includes("And this one?"));
  assert.ok(typed);
  assert.equal(textOf(typed), `YouAnd this one? ${HOSTILE}\n`);
  const [answered] = ofClass("assistant").filter((element) => textOf(element).includes("owned"));
  assert.ok(answered);
  for (const text of ["<script>document.title", "<img src=x onerror=", "[click](javascript:", "</main><iframe src="]) {
    assert.ok(textOf(answered).includes(text), text);
  }
});

test("each turn stands in a section that the table of turns leads to", () => {
  const [table] = named("nav");
  assert.ok(table);
  const rows = named("tr", [...below(table)]).map((row) => named("td", [...below(row)]).map(textOf));
  assert.deepEqual(rows, [
    ["1", "The parser in src/ loses comments when it prints a file back.", "2 min · 57,060 tokens"],
    ["2", "Here is what the page looks like now. The key is [masked], by the way", "14 s · 19,020 tokens"],
    ["3", "And this one? <script>document.title = 'owned'</script>", "14 s · 19,020 tokens · interrupted"],
    ["4", "//status", "answered by Codex-Plus · 14 s"],
    ["↳", "/root/tests: Run the tests and tell me what fails", "1 turn"],
  ]);
  const links = named("a", [...below(table)]).map((link) => attribute(link, "href"));
  assert.deepEqual(links, ["#t1", "#t2", "#t3", "#t4", "#a1"]);
  assert.deepEqual(
    named("section").map((section) => attribute(section, "id")),
    ["t1", "t2", "t3", "t4", "a1t1"],
  );
});

test("calls of tools are folded, each with its output", () => {
  const calls = ofClass("tool").map((call) => {
    const inside = [...below(call)];
    const [summary] = named("summary", inside);
    return [summary && textOf(summary), ...named("pre", inside).map((pre) => textOf(pre).split("\n", 1)[0])];
  });
  assert.deepEqual(calls, [
    [
      "exec_command rg -n 'comment' src | head -40",
      "rg -n 'comment' src | head -40",
      "src/lexer.ts:14:  // skip comments",
    ],
    [
      "exec_command sed -n '1,60p' src/lexer.ts",
      "sed -n '1,60p' src/lexer.ts",
      "export function lex(source: string): Token[] {",
    ],
    ["apply_patch Update File: src/lexer.ts", "*** Begin Patch", "Success. Updated the following files:"],
    ["exec_command no output sleep 600", "sleep 600"],
    ["exec_command npm test", "npm test", "ℹ tests 214"],
  ]);
});

test("code has colours, pictures are within the page, secrets are masked", () => {
  assert.ok(ofClass("hljs-keyword").some((element) => textOf(element) === "export"));
  assert.deepEqual(
    named("img").map((img) => attribute(img, "src")?.slice(0, 22)),
    ["data:image/png;base64,"],
  );
  assert.equal(page.includes("sk-proj-"), false);
});
