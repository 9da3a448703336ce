/** The smallest value that a JSON schema of Codex's side requests (titles, reviews) accepts. */
import { isRecord } from "./ask.ts";

/** @param name of the property that the value is for; strings that people see are made of it */
export function instanceOf(schema: unknown, name = "value"): unknown {
  if (!isRecord(schema)) return null;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (Array.isArray(schema.anyOf)) return instanceOf(schema.anyOf[0], name);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case "object":
      return Object.fromEntries(
        Object.entries(isRecord(schema.properties) ? schema.properties : {}).map(([key, part]) => [
          key,
          instanceOf(part, key),
        ]),
      );
    case "array":
      return [];
    case "number":
    case "integer":
      return 0;
    case "boolean":
      return false;
    case "null":
      return null;
    default:
      return `Mock ${name}`;
  }
}
