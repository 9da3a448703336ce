/** Secrets in what is exported are replaced by `[masked]`. */
import type { Span } from "./secrets.ts";

/** The same values with every text in them masked. */
export type Mask = <Values extends readonly unknown[]>(values: Values) => Promise<Values>;

export const MASKED = "[masked]";

/** Between texts that are looked through together: no pattern reaches across it. */
const BETWEEN = "\n\0\n";
/** Base64 by nature, opaque, and of no use but for the one it came from. */
const OPAQUE = new Set(["encrypted_content"]);

export const noMask: Mask = async (values) => values;

/** The detector is loaded only when this is called. */
export async function secretMask(): Promise<Mask> {
  const { secretsIn } = await import("./secrets.ts");
  return async (values) => {
    const texts: string[] = [];
    for (const value of values) collect(value, texts);
    const spans = await secretsIn(texts.join(BETWEEN));
    if (spans.length === 0) return values;
    const masked = replaced(texts, spans)[Symbol.iterator]();
    return values.map((value) => rebuilt(value, masked)) as unknown as typeof values;
  };
}

/** Every text in a JSON value, in order. Names of members are left alone: they are the wire's. */
function collect(value: unknown, texts: string[]): void {
  if (typeof value === "string") texts.push(value);
  else if (Array.isArray(value)) for (const each of value) collect(each, texts);
  else if (typeof value === "object" && value !== null) {
    for (const [name, each] of Object.entries(value)) if (!OPAQUE.has(name)) collect(each, texts);
  }
}

/** The value with its texts taken from the list that `collect` made of it. */
function rebuilt(value: unknown, texts: Iterator<string>): unknown {
  if (typeof value === "string") return texts.next().value;
  if (Array.isArray(value)) return value.map((each) => rebuilt(each, texts));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, OPAQUE.has(name) ? each : rebuilt(each, texts)]),
  );
}

/** @param spans in the texts as joined */
function* replaced(texts: readonly string[], spans: readonly Span[]): Generator<string> {
  let start = 0;
  let first = 0;
  for (const text of texts) {
    const end = start + text.length;
    let out = "";
    let done = 0;
    while ((spans[first]?.[1] ?? Number.POSITIVE_INFINITY) <= start) first += 1;
    for (let next = first; ; next += 1) {
      const [from, to] = spans[next] ?? [end, end];
      if (from >= end) break;
      out += text.slice(done, Math.max(from - start, 0)) + MASKED;
      done = to - start;
    }
    yield out + text.slice(done);
    start = end + BETWEEN.length;
  }
}
