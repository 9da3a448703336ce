/** Which handlers an event reaches, by Claude Code's rules: exact names, lists of them, or a JavaScript pattern. */
import { isFound } from "../lib/pattern.ts";

const NAMES = /^[\w\-, |]*$/;
/** Names that tools had before, and those that people still write. */
const ALIASES: Readonly<Record<string, string>> = { Task: "Agent", MultiEdit: "Edit" };
/** Answers of patterns that are kept: tools and sources are few. */
const MOST_KEPT = 1000;

/**
 * Whether a matcher selects a subject (a tool's name, a source…). Letters, digits, `_`, `-` and lists of such names by
 * `|` or comma are names, case and all; anything else is an unanchored pattern. A pattern that is none selects nothing; one
 * that comes to no end selects: a guard must not be passed by by an odd name.
 */
export function matches(matcher: string | undefined, subject: string): boolean {
  if (matcher === undefined || matcher === "" || matcher === "*") return true;
  if (NAMES.test(matcher)) {
    return matcher.split(/[|,]/).some((name) => {
      const wanted = name.trim();
      return wanted !== "" && (wanted === subject || ALIASES[wanted] === subject);
    });
  }
  const key = `${matcher}\n${subject}`;
  const known = answers.get(key);
  if (known !== undefined) return known;
  if (answers.size >= MOST_KEPT) answers.clear();
  const answer = selects(matcher, subject);
  answers.set(key, answer);
  return answer;
}

const answers = new Map<string, boolean>();

function selects(pattern: string, subject: string): boolean {
  try {
    return isFound(pattern, subject) ?? true;
  } catch {
    return false;
  }
}
