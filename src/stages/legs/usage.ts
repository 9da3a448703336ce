/** Token counts of several legs as those of one response. */
import { isObject } from "../../lib/is-object.ts";

/** Numbers are added field by field, as deep as they stand; what only one has stays as it is. */
export function added(one: unknown, other: unknown): unknown {
  if (typeof one === "number" && typeof other === "number") return one + other;
  if (!isObject(one)) return other ?? one;
  if (!isObject(other)) return one;
  const fields = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...fields].map((field) => [field, added(one[field], other[field])]));
}
