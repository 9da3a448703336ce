/** Which handlers an event reaches, by Claude Code's rules: exact names, lists of them, or a JavaScript pattern. */

const NAMES = /^[\w\-, |]*$/;
/** Names that tools had before, and those that people still write. */
const ALIASES: Readonly<Record<string, string>> = { Task: "Agent", MultiEdit: "Edit" };

/**
 * Whether a matcher selects a subject (a tool's name, a source…). Letters, digits, `_`, `-` and lists of such names by
 * `|` or comma are names, case and all; anything else is an unanchored pattern. A pattern that is none selects nothing.
 */
export function matches(matcher: string | undefined, subject: string): boolean {
  if (matcher === undefined || matcher === "" || matcher === "*") return true;
  if (NAMES.test(matcher)) {
    return matcher.split(/[|,]/).some((name) => {
      const wanted = name.trim();
      return wanted !== "" && (wanted === subject || ALIASES[wanted] === subject);
    });
  }
  try {
    return new RegExp(matcher).test(subject);
  } catch {
    return false;
  }
}
