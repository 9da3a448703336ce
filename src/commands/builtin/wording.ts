/** Texts of others within Markdown of ours. */
import { stripVTControlCharacters } from "node:util";

/** What is no text, and what turns its direction around; blanks stay. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const UNSAFE = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Without what a terminal would obey that shows it. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(UNSAFE, "");
}

/** A text in one line, as code. */
export function code(text: string): string {
  return `\`${printable(text).replaceAll(/\s+/g, " ").replaceAll("`", "'").trim()}\``;
}

/** A text in one line, none of it Markdown. @param most characters; what is longer ends in a dot of three */
export function plain(text: string, most: number): string {
  const line = printable(text).replaceAll(/\s+/g, " ").trim();
  return (line.length > most ? `${line.slice(0, most - 1)}…` : line).replaceAll(/[\\`*_[\]<>#|~&]/g, "\\$&");
}
