/** Looks at JSON that may be anything. */
export type Fields = Readonly<Record<string, unknown>>;

const NONE: Fields = {};

/** The value if it is an object (no list), else an empty one. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : NONE;
}

/** The value if it is a list, else an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value if it is a text that is not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The value if it is a number, or a text that is one (header fields). */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** The parsed text if it is the JSON of an object, else an empty one. */
export function parsedFields(json: string | undefined): Fields {
  try {
    return json === undefined ? NONE : fieldsOf(JSON.parse(json));
  } catch {
    return NONE;
  }
}
