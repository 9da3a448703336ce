/** Text in a terminal: what is safe to print, how wide it is, and how it is made to fit. */
import { stripVTControlCharacters } from "node:util";
import widthAt from "fast-string-truncated-width";
import { wrapAnsi } from "fast-wrap-ansi";

/** What moves the cursor, changes the terminal, or turns the direction of the text around. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** How many columns there are; without a terminal what COLUMNS says, or no limit: whoever reads a pipe wants it all. */
export function columns(): number {
  return process.stdout.columns ?? (Number(process.env.COLUMNS) || Number.POSITIVE_INFINITY);
}

/** A text of somebody else's without anything that a terminal would obey; lines and tabs stay. */
export function plain(text: string): string {
  return stripVTControlCharacters(text.replaceAll("\r\n", "\n")).replaceAll(UNSAFE, "").replaceAll("\t", "  ");
}

/** The same in one line. */
export function oneLine(text: string): string {
  return plain(text).replaceAll(/\s+/g, " ").trim();
}

export function widthOf(text: string): number {
  return widthAt(text).width;
}

/** Cut to so many columns, with `…` where something is missing: at the end, or (of a path) at the beginning. */
export function cut(text: string, width: number, side: "end" | "start" = "end"): string {
  if (widthOf(text) <= width) return text;
  if (side === "end") {
    const { index } = widthAt(text, { limit: width, ellipsis: "…" });
    return `${text.slice(0, index).trimEnd()}…`;
  }
  const letters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  while (letters.length > 0 && widthOf(letters.join("")) > width - 1) letters.shift();
  return `…${letters.join("")}`;
}

/** The lines of a text, each behind a margin, broken where the terminal ends. */
export function wrapped(text: string, margin: string, width = columns()): string[] {
  const room = Math.max(20, width - margin.length);
  const lines = Number.isFinite(room) ? wrapAnsi(text, room, { hard: true, trim: false }) : text;
  return lines.split("\n").map((line) => (margin + line).trimEnd());
}
