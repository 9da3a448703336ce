/**
 * What a tool takes, as the Responses API wants to be told: an object with `properties`, nothing that combines schemas at
 * its top (`oneOf`, `anyOf`, `allOf`, `enum`, `not` are refused there), and `items` for every list. What is left out of
 * it the server still checks.
 */

import type { Tool } from "@modelcontextprotocol/sdk/types.js";
import { isObject } from "../../lib/is-object.ts";

type Schema = Readonly<Record<string, unknown>>;

const REFUSED_AT_TOP = new Set(["$schema", "oneOf", "anyOf", "allOf", "enum", "not", "if", "then", "else"]);
/** Their values are schemas by name. */
const NAMED = ["properties", "patternProperties", "$defs", "definitions"];

export function parametersOf({ inputSchema }: Tool): Schema {
  const branches = ["allOf", "anyOf", "oneOf"].flatMap((field) => list(inputSchema[field])).filter(isObject);
  const kept = Object.entries(inputSchema).filter(([field]) => !REFUSED_AT_TOP.has(field));
  const properties = [...branches, inputSchema].map((each) => (isObject(each.properties) ? each.properties : {}));
  const whole = { ...Object.fromEntries(kept), type: "object", properties: Object.assign({}, ...properties) };
  return withItems(whole);
}

function withItems(schema: Schema): Schema {
  const entries = Object.entries(schema).map(([field, value]): [string, unknown] => {
    if (NAMED.includes(field) && isObject(value)) {
      return [field, Object.fromEntries(Object.entries(value).map(([name, each]) => [name, within(each)]))];
    }
    return [field, field === "default" || field === "examples" || field === "const" ? value : within(value)];
  });
  const made = Object.fromEntries(entries);
  const isList = made.type === "array" || (Array.isArray(made.type) && made.type.includes("array"));
  return isList && made.items === undefined ? { ...made, items: {} } : made;
}

function within(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(within);
  return isObject(value) ? withItems(value) : value;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
