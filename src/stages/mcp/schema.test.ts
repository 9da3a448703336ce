import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tool } from "@modelcontextprotocol/sdk/types.js";
import { parametersOf } from "./schema.ts";

const of = (inputSchema: object) =>
  parametersOf({ name: "t", inputSchema: { type: "object", ...inputSchema } } as Tool);

test("a tool that takes nothing takes an object without properties", () => {
  assert.deepEqual(of({ $schema: "http://json-schema.org/draft-07/schema#" }), { type: "object", properties: {} });
});

test("what combines schemas at the top is one object of all their properties", () => {
  const a = { type: "string" };
  const anyOf = [
    { properties: { a }, required: ["a"] },
    { properties: { b: a }, required: ["b"] },
  ];
  assert.deepEqual(of({ anyOf, properties: { c: a }, required: ["c"] }), {
    type: "object",
    required: ["c"],
    properties: { a, b: a, c: a },
  });
});

test("every list says of what it is one, however deep it stands; what is no schema stays as it is", () => {
  const deep = { type: "object", properties: { items: { type: ["array", "null"] } }, default: { type: "array" } };
  assert.deepEqual(of({ properties: { type: { type: "array" }, deep, some: { anyOf: [{ type: "array" }, true] } } }), {
    type: "object",
    properties: {
      type: { type: "array", items: {} },
      deep: { ...deep, properties: { items: { type: ["array", "null"], items: {} } } },
      some: { anyOf: [{ type: "array", items: {} }, true] },
    },
  });
});
