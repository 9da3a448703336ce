import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type DefaultTreeAdapterTypes, parseFragment } from "parse5";
import { prose } from "./prose.ts";

const TAGS = "div p em strong s code pre span a ul ol li blockquote h1 h2 h3 h4 h5 h6 hr br table thead tbody tr th td";
const ATTRIBUTES = "class title href rel start";
const ALLOWED = { tags: new Set(TAGS.split(" ")), attributes: new Set(ATTRIBUTES.split(" ")) };

/** What in the HTML could do more than be read. */
function* harmful(node: DefaultTreeAdapterTypes.ParentNode): Generator<string> {
  for (const child of node.childNodes) {
    if (!("tagName" in child)) continue;
    if (!ALLOWED.tags.has(child.tagName)) yield child.tagName;
    for (const { name, value } of child.attrs) {
      if (!ALLOWED.attributes.has(name)) yield `${child.tagName} ${name}`;
      if (name === "href" && !/^(?:https?:|mailto:)/i.test(value)) yield value;
    }
    yield* harmful(child);
  }
}

const pieces = [
  ...["<script>", "</div>", "<img src=x onerror=a>", "<a href='javascript:a'>", "<!--", "]]>", "&lt;", "&#x6a;"],
  ...[
    "[a](",
    "](",
    ")",
    "javascript:",
    "JaVaScRiPt&colon;",
    "data:text/html,",
    "file:///x",
    "//host/x",
    "https://a.b/c",
  ],
  ...["![", "](https://a.b/c.png)", "<https://a.b>", "<javascript:a>", "[a]: javascript:b", "[a]", "mailto:a@b.c"],
  ...[
    "```",
    "```html",
    '~~~js" onload="a',
    "    code",
    "`",
    "|a|b|\n|-:|:-|\n|c|d|",
    "> ",
    "# ",
    "1. ",
    "- ",
    "**",
    "_",
  ],
  ...["\n", "\n\n", " ", "\t", '"', "'", "\\", "\0", "text"],
];

test("whatever Markdown says, the HTML of it can only be read", () => {
  const text = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "binary" })), { maxLength: 30 });
  fc.assert(
    fc.property(text, (parts) => {
      const html = prose(parts.join(""));
      assert.deepEqual([...harmful(parseFragment(html))], [], html);
    }),
    { numRuns: 500 },
  );
});

test("links to files are told, links to the web lead there", () => {
  assert.equal(
    prose("[lexer](/src/lexer.ts:12) and [page](https://example.com/a)"),
    `<div class="prose"><p><span title="/src/lexer.ts:12">lexer</span> and <a href="https://example.com/a" rel="noopener noreferrer">page</a></p>\n</div>\n`,
  );
});

test("a text too long to be rendered is shown as it was written", () => {
  const long = "<b> ".repeat(50_000);
  assert.equal(prose(long), `<p class="plain">${long.replaceAll("<", "&#60;").replaceAll(">", "&#62;")}</p>\n`);
});
