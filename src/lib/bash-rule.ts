/** Permission rules for shell commands in Claude Code's syntax: `Bash`, `Bash(git add:*)`, `Bash(npm run *)`. */

/** The pattern of a rule that takes every command. */
export const ANY = /^/;

/** The Bash rules as expressions for a whole simple command. */
export function bashPatterns(rules: readonly string[]): RegExp[] {
  return rules.flatMap((rule) => {
    const match = /^Bash(?:\(([\s\S]*)\))?$/.exec(rule.trim());
    if (match === null) return [];
    const form = match[1] ?? "*";
    if (form === "*" || form === ":*") return [ANY];
    const prefix = /^([\s\S]*?)(?::\*| \*)$/.exec(form)?.[1];
    const body = (prefix ?? form).split("*").map(literal).join("[\\s\\S]*");
    return [new RegExp(`^${body}${prefix === undefined ? "" : "(?: [\\s\\S]*)?"}$`)];
  });
}

function literal(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
}
