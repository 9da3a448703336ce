import assert from "node:assert/strict";
import { test } from "node:test";
import { outputOfResult } from "./result.ts";

const text = (said: string) => ({ type: "text" as const, text: said });
const PNG = Buffer.from("picture").toString("base64");

test("text is text, in one piece; what failed is said to have failed", () => {
  assert.equal(outputOfResult({ content: [text("one"), text("two")] }), "one\ntwo");
  assert.equal(outputOfResult({ content: [text("no such file")], isError: true }), "The tool failed:\nno such file");
  assert.equal(outputOfResult({ content: [] }), "(the tool has answered nothing)");
});

test("structured content is told where no text says it already", () => {
  const structuredContent = { sum: 5 };
  assert.equal(outputOfResult({ content: [], structuredContent }), '{"sum":5}');
  assert.equal(outputOfResult({ content: [text('{ "sum": 5 }')], structuredContent }), '{ "sum": 5 }');
  assert.equal(outputOfResult({ content: [text("five")], structuredContent }), 'five\n{"sum":5}');
});

test("resources come as their text, links as where they lead, and what a model cannot be shown as what it is", () => {
  const blob = Buffer.from("0123456789").toString("base64");
  const content = [
    { type: "resource" as const, resource: { uri: "file:///a", text: "hello" } },
    { type: "resource" as const, resource: { uri: "file:///b", mimeType: "application/zip", blob } },
    { type: "resource_link" as const, uri: "file:///c", name: "c", mimeType: "text/plain", description: "the third" },
    { type: "audio" as const, mimeType: "audio/wav", data: blob },
  ];
  assert.equal(
    outputOfResult({ content }),
    [
      "Resource file:///a:\nhello",
      "(resource file:///b, application/zip, 10 B: it cannot be shown here)",
      "Resource c: file:///c (text/plain). the third",
      "(audio/wav, 10 B: it cannot be shown here)",
    ].join("\n"),
  );
});

test("with a picture the output has parts; pictures that the API does not take are words", () => {
  const picture = (mimeType: string) => ({ type: "image" as const, mimeType, data: PNG });
  const within = { type: "resource" as const, resource: { uri: "file:///p", mimeType: "image/webp", blob: PNG } };
  assert.deepEqual(outputOfResult({ content: [text("look"), picture("image/png"), picture("image/tiff"), within] }), [
    { type: "input_text", text: "look" },
    { type: "input_image", image_url: `data:image/png;base64,${PNG}` },
    { type: "input_text", text: "(image/tiff, 7 B: it cannot be shown here)" },
    { type: "input_image", image_url: `data:image/webp;base64,${PNG}` },
  ]);
});
