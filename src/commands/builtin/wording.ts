/** Texts of others within Markdown of ours. */

/** A text in one line, as code. */
export function code(text: string): string {
  return `\`${text.replaceAll(/\s+/g, " ").replaceAll("`", "'").trim()}\``;
}

/** A text in one line, none of it Markdown. @param most characters; what is longer ends in a dot of three */
export function plain(text: string, most: number): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return (line.length > most ? `${line.slice(0, most - 1)}…` : line).replaceAll(/[\\`*_[\]<>#|~&]/g, "\\$&");
}
