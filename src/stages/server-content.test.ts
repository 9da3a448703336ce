import assert from "node:assert/strict";
import { test } from "node:test";
import { promptParts, resourceText } from "./server-content.ts";

const options = { server: "srv", maxBytes: 100 };
const user = (text: string) => ({ role: "user", content: { type: "text", text } }) as const;
const assistant = (text: string) => ({ role: "assistant", content: { type: "text", text } }) as const;

test("texts of a prompt are its parts; where both sides of a talk are told, each says whose it is", () => {
  assert.deepEqual(promptParts([user("one"), user("two")], options), ["one", "two"]);
  assert.deepEqual(promptParts([user("What?"), assistant("That."), user("Why?")], options), [
    "User:\nWhat?",
    "Assistant:\nThat.",
    "User:\nWhy?",
  ]);
});

test("pictures go along as pictures, wherever they stand; what cannot go along is told of", () => {
  const parts = promptParts(
    [
      { role: "user", content: { type: "image", data: "AA==", mimeType: "image/png" } },
      {
        role: "assistant",
        content: { type: "resource", resource: { uri: "x:/p", blob: "AA==", mimeType: "image/gif" } },
      },
      { role: "user", content: { type: "image", data: "AA==", mimeType: "image/tiff" } },
      { role: "user", content: { type: "audio", data: "AA==", mimeType: "audio/wav" } },
      { role: "user", content: { type: "resource", resource: { uri: "x:/b", blob: "AAAA", mimeType: "text/plain" } } },
      { role: "user", content: { type: "resource", resource: { uri: "x:/t", text: "said" } } },
      { role: "user", content: { type: "resource_link", name: "notes", uri: "x:/n", description: "of today" } },
    ],
    options,
  );
  assert.deepEqual(parts, [
    { image: "data:image/png;base64,AA==" },
    { image: "data:image/gif;base64,AA==" },
    "User:\n[image (image/tiff): it cannot go along]",
    "User:\n[audio (audio/wav): it cannot go along]",
    'User:\n<mcp-resource server="srv" uri="x:/b">\n[not attached: it is no text (text/plain, 3 bytes)]\n</mcp-resource>',
    'User:\n<mcp-resource server="srv" uri="x:/t">\nsaid\n</mcp-resource>',
    "User:\n[resource notes of srv, x:/n: of today]",
  ]);
});

test("a long text is cut between characters, and says how much of it is left out", () => {
  const text = `${"a".repeat(98)}€€`;
  assert.equal(
    resourceText({ uri: "x:/t", text }, options),
    `<mcp-resource server="srv" uri="x:/t">\n${"a".repeat(98)}\n[cut: 6 of 104 bytes are left out (setting mcp.resourceBytes)]\n</mcp-resource>`,
  );
  const whole = "a".repeat(100);
  assert.deepEqual(promptParts([user(whole)], options), [whole]);
});
