/**
 * Where secrets stand in a text: by secretlint's recommended rules, and by a few patterns of our own for what those do not
 * look for. A pattern's group, where it has one, is the secret; otherwise all of it is.
 */
import { rules } from "@secretlint/secretlint-rule-preset-recommend";
import type { SecretLintRuleContext, SecretLintSourceCode } from "@secretlint/types";

/** From, to. */
export type Span = readonly [number, number];

const PATTERNS: readonly RegExp[] = [
  /\bBearer\s+([\w.~+/-]{16,}=*)/dgi,
  // JWT and JWE. Many beginnings in one word without a dot must not each be a way through all of it.
  /(?:(?<![\w-])eyJ[\w-]{8,}|\beyJ[\w-]{8,256})\.[\w-]*\.[\w-]+(?:\.[\w-]+){0,2}/dg,
  // OpenAI, Anthropic and many others; a digit, since `sk-` begins words of stylesheets too.
  /\bsk-(?=[\w-]{0,200}\d)[\w-]{20,}/dg,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/dg,
  /\bAIza[\w-]{35}/dg,
  /\b(?:glpat-|hf_|[sr]k_live_)[\w-]{16,}/dg,
  // What a login's file holds, and the header made of it.
  /\b(?:access|refresh|id)_token["'\\]*\s*[:=]\s*["'\\]*([\w.~+/-]{16,}=*)/dgi,
  /\b(?:chatgpt[-_])?account[-_]?id["'\\]*\s*[:=]\s*["'\\]*([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})/dgi,
  // An environment variable named for what it holds.
  /\b[A-Z0-9_]{0,64}(?:API_?KEY|ACCESS_?KEY|SECRET|TOKEN|PASSWORD)["'\\]*\s*[:=]\s*["'\\]*((?=[\w.+/=-]*\d)[A-Za-z0-9][\w.+/=-]{15,})/dg,
];

/** Name and password in an address; the rest of it is no secret. */
const USER_INFO = /\/\/([^/\s@]+)@/d;

interface Found {
  readonly range: Span;
  /** The values that the rule tells of it. */
  readonly data: unknown;
}

/** By this rule a comment in a text switches the others off. */
const COMMENTS = "@secretlint/secretlint-rule-filter-comments";
const SCANNERS = rules.filter(({ meta }) => meta.id !== COMMENTS);

/**
 * The rules without `@secretlint/core`, whose profiler keeps a record of each call for ever and looks through all of them
 * at the next.
 */
async function foundByRules(content: string): Promise<readonly Found[]> {
  const found: Found[] = [];
  const context: SecretLintRuleContext = {
    sharedOptions: {},
    createTranslator: () => (messageId, data) => ({ message: "", messageId: String(messageId), data }),
    report: ({ range, message }) => found.push({ range, data: message.data }),
    ignore: () => undefined,
  };
  const source = sourceOf(content);
  for (const rule of SCANNERS) await rule.create(context, {}).file?.(source);
  return found;
}

function sourceOf(content: string): SecretLintSourceCode {
  const lines = (): never => {
    throw new TypeError("what is exported has no lines");
  };
  return {
    hasBOM: false,
    content,
    contentType: "text",
    ext: ".txt",
    filePath: "session.txt",
    physicalFilePath: undefined,
    getFilePath: () => "session.txt",
    getPhysicalFilePath: () => undefined,
    locationToRange: lines,
    rangeToLocation: lines,
    positionToIndex: lines,
    indexToPosition: lines,
  };
}

/** In order, none touching another. */
export async function secretsIn(text: string): Promise<readonly Span[]> {
  const found: Span[] = [];
  for (const pattern of PATTERNS) {
    for (const { indices } of text.matchAll(pattern)) {
      const span = indices?.[1] ?? indices?.[0];
      if (span !== undefined) found.push(span);
    }
  }
  for (const { range, data } of await foundByRules(text)) found.push(secretAt(text, range, data));
  return merged(found);
}

/** A rule's range may end short of the secret (that of AWS does, in secretlint 12): the value that it tells is what counts. */
function secretAt(text: string, range: Span, data: unknown): Span {
  const values = typeof data === "object" && data !== null ? Object.values(data) : [];
  let [from, to] = range;
  for (const value of values) {
    const at = typeof value === "string" && value.length >= MIN_SECRET ? text.indexOf(value, range[0]) : -1;
    if (at >= range[0] && at < range[1]) [from, to] = [at, at + String(value).length];
  }
  const [, userInfo] = USER_INFO.exec(text.slice(from, to))?.indices ?? [];
  return userInfo === undefined ? [from, to] : [from + userInfo[0], from + userInfo[1]];
}

/** Shorter values are a user's name, or a word of the rule's. */
const MIN_SECRET = 16;

function merged(spans: Span[]): Span[] {
  const all: Span[] = [];
  for (const span of spans.sort((one, other) => one[0] - other[0])) {
    const last = all.at(-1);
    if (last === undefined || span[0] > last[1]) all.push(span);
    else all[all.length - 1] = [last[0], Math.max(last[1], span[1])];
  }
  return all;
}
