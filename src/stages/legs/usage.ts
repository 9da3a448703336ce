/** Token counts of several legs as those of one response. */

/** Numbers are added field by field, as deep as they stand; what only one has stays as it is. */
export function added(one: unknown, other: unknown): unknown {
  if (typeof one === "number" && typeof other === "number") return one + other;
  if (!isRecord(one)) return other ?? one;
  if (!isRecord(other)) return one;
  const fields = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...fields].map((field) => [field, added(one[field], other[field])]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
