import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallToolResult, ContentBlock, Tool } from "@modelcontextprotocol/sdk/types.js";
import { limited } from "./limit.ts";

const tool: Tool = { name: "any", inputSchema: { type: "object" } };
const text = (value: string): ContentBlock => ({ type: "text", text: value });
const image: ContentBlock = { type: "image", data: "A".repeat(100_000), mimeType: "image/png" };
const cut = (size: string, most: string) =>
  text(
    `[Cut: this result has ${size} characters, of which about the first ${most} are shown. If you need the rest, ask for ` +
      "less at a time: a narrower query, a page, a range or a smaller limit, as far as the tool takes one.]",
  );

test("what is within the limit is not touched", () => {
  const result: CallToolResult = { content: [text("a".repeat(400)), text("")], structuredContent: { a: 1 } };
  assert.equal(limited(result, tool, 100), result);
});

test("a text is cut at the limit, and what is behind it left out", () => {
  const result: CallToolResult = { content: [text("a".repeat(300)), text("b".repeat(300)), text("c")], isError: true };
  assert.deepEqual(limited(result, tool, 100), {
    isError: true,
    content: [text("a".repeat(300)), text("b".repeat(100)), cut("601", "400")],
  });
});

test("a character is never cut in two", () => {
  const { content } = limited({ content: [text(`${"a".repeat(399)}😀😀`)] }, tool, 100);
  assert.deepEqual(content[0], text("a".repeat(399)));
});

test("a tool may ask for more, within bounds", () => {
  const asking = (size: unknown): Tool => ({ ...tool, _meta: { "anthropic/maxResultSizeChars": size } });
  const shown = (size: unknown) => {
    const [first] = limited({ content: [text("a".repeat(600_000))] }, asking(size), 100).content;
    return first?.type === "text" ? first.text.length : 0;
  };
  assert.deepEqual([shown(1000), shown(10 ** 9), shown("many"), shown(-1)], [1000, 500_000, 400, 400]);
});

test("a picture counts as what it costs a model, and leaves its room to text where it does not fit", () => {
  assert.equal(limited({ content: [image, image] }, tool, 5000).content.length, 2);
  assert.deepEqual(limited({ content: [image, text("a"), image] }, tool, 1000).content, [
    text("a"),
    cut("12,801", "4,000"),
  ]);
});

test("structure beyond the limit is left out whole; its text stands in for it where there is none", () => {
  const structuredContent = { rows: "x".repeat(1000) };
  assert.deepEqual(limited({ content: [text("a summary")], structuredContent }, tool, 100), {
    content: [text("a summary"), cut("1,011", "400")],
  });
  assert.deepEqual(limited({ content: [], structuredContent }, tool, 100), {
    content: [text(`{"rows":"${"x".repeat(391)}`), cut("1,011", "400")],
  });
});

test("resources count with their text or their data", () => {
  const resource = (of: { text: string } | { blob: string }): ContentBlock => ({
    type: "resource",
    resource: { uri: "file:///a", ...of },
  });
  const result = { content: [resource({ blob: "A".repeat(500) }), resource({ text: "b".repeat(500) })] };
  assert.deepEqual(limited(result, tool, 100).content, [resource({ text: "b".repeat(400) }), cut("1,000", "400")]);
});
