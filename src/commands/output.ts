/** What a module or an executable answers. */
import { z } from "zod";
import type { Result } from "./command.ts";

const outputSchema = z.union([z.strictObject({ answer: z.string() }), z.strictObject({ prompt: z.string() })]);

/** As much of an answer as is taken, in bytes. */
export const MAX_ANSWER = 1024 ** 2;

/** A module's value: a string, `{answer}` or `{prompt}`; undefined for anything else. */
export function fromValue(value: unknown): Result | undefined {
  if (typeof value === "string") return { kind: "answer", text: value };
  const parsed = outputSchema.safeParse(value);
  if (!parsed.success) return undefined;
  return "answer" in parsed.data
    ? { kind: "answer", text: parsed.data.answer }
    : { kind: "prompt", parts: [parsed.data.prompt], attached: [] };
}

/** An executable's output: JSON of that form, else the text itself. */
export function fromText(text: string): Result {
  const trimmed = text.trim();
  if (trimmed.startsWith("{")) {
    try {
      const result = fromValue(JSON.parse(trimmed));
      if (result !== undefined) return result;
    } catch {
      // Text that only begins like JSON.
    }
  }
  return { kind: "answer", text: text.trimEnd() };
}
