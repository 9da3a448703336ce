/**
 * Where secrets stand in a text: by secretlint's recommended rules, and by a few patterns of our own for what those do not
 * look for. A pattern's group, where it has one, is the secret; otherwise all of it is.
 */
import { lintSource, type SecretLintSourceOptions } from "@secretlint/core";
import { rules } from "@secretlint/secretlint-rule-preset-recommend";

/** From, to. */
export type Span = readonly [number, number];

const PATTERNS: readonly RegExp[] = [
  /\bBearer\s+([\w.~+/-]{16,}=*)/dgi,
  // JWT and JWE.
  /\beyJ[\w-]{8,}(?:\.[\w-]*){2,4}/dg,
  // OpenAI, Anthropic and many others; a digit, since `sk-` begins words of stylesheets too.
  /\bsk-(?=[\w-]*\d)[\w-]{20,}/dg,
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

/** By this rule a comment in the text switches the others off. */
const COMMENTS = "@secretlint/secretlint-rule-filter-comments";
const config: SecretLintSourceOptions["options"]["config"] = {
  rules: rules.filter(({ meta }) => meta.id !== COMMENTS).map((rule) => ({ id: rule.meta.id, rule })),
};

/** In order, none touching another. */
export async function secretsIn(text: string): Promise<readonly Span[]> {
  const found: Span[] = [];
  for (const pattern of PATTERNS) {
    for (const { indices } of text.matchAll(pattern)) {
      const span = indices?.[1] ?? indices?.[0];
      if (span !== undefined) found.push(span);
    }
  }
  const source = { filePath: "session.txt", content: text, contentType: "text", ext: ".txt" } as const;
  const { messages } = await lintSource({ source, options: { config, noPhysicFilePath: true } });
  for (const { range, data } of messages) found.push(secretAt(text, range, data));
  return merged(found);
}

/** A rule's range may end short of the secret (AWS's does, in secretlint 12): the value that it tells is what counts. */
function secretAt(text: string, [from, to]: Span, data: unknown): Span {
  const values = typeof data === "object" && data !== null ? Object.values(data) : [];
  const ends = values.map((value) => {
    const at = typeof value === "string" && value.length >= MIN_SECRET ? text.indexOf(value, from) : -1;
    return at >= 0 && at <= to ? at + String(value).length : 0;
  });
  const span: Span = [from, Math.max(to, ...ends)];
  const [, userInfo] = USER_INFO.exec(text.slice(...span))?.indices ?? [];
  return userInfo === undefined ? span : [from + userInfo[0], from + userInfo[1]];
}

const MIN_SECRET = 8;

function merged(spans: Span[]): Span[] {
  const all: Span[] = [];
  for (const span of spans.sort((one, other) => one[0] - other[0])) {
    const last = all.at(-1);
    if (last === undefined || span[0] > last[1]) all.push(span);
    else all[all.length - 1] = [last[0], Math.max(last[1], span[1])];
  }
  return all;
}
