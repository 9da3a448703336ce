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
    return [new RegExp(`^${starred(prefix ?? form)}${prefix === undefined ? "" : "(?: [\\s\\S]*)?"}$`)];
  });
}

/**
 * What stands between two stars is taken where it is found first (a look-ahead is not gone back into): a long command that
 * fails would be tried in more ways than there is time for.
 */
function starred(form: string): string {
  const [first = "", ...others] = form.split("*").map(literal);
  const last = others.pop();
  if (last === undefined) return first;
  const between = others.map((part, index) => `(?=([\\s\\S]*?${part}))\\${index + 1}`);
  return `${first}${between.join("")}[\\s\\S]*${last}`;
}

function literal(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
}
