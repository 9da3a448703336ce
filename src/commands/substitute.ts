/** `$ARGUMENTS`, `$ARGUMENTS[n]`, `$n` and named arguments in a command's text. */
import { words } from "./words.ts";

/** What was typed behind a command's name. */
export interface Arguments {
  /** The text as typed, trimmed. */
  readonly raw: string;
  /** The names that the file gives to positions. */
  readonly names: readonly string[];
  /** 0: `$0` is the first word, as in Claude Code. 1: `$1` is, as old files have it. */
  readonly base: 0 | 1;
}

/** A placeholder that stands for a value: all of what was typed, or one word. */
export interface Value {
  readonly text: string;
  readonly whole: boolean;
}

/** Called for each value; answers the text that takes its place. */
export type Place = (value: Value, offset: number) => string;

export interface Substituted {
  readonly text: string;
  /** True when the text had any placeholder that stands for something. */
  readonly used: boolean;
}

/** Puts values in the place of placeholders. One backslash keeps a placeholder as it is and goes away. */
export function substitute(template: string, given: Arguments, place: Place): Substituted {
  let used = false;
  const positions = words(given.raw);
  const text = template.replace(pattern(given.names), (match: string, ...groups: (string | number | undefined)[]) => {
    const [backslashes, name, index, position, offset] = groups as [string, string?, string?, string?, number?];
    const slashes = backslashes.length;
    const value = stands(match.slice(slashes), { index, position, name }, given, positions);
    if (slashes === 1) return value === undefined && name !== undefined ? match : match.slice(1);
    if (value === undefined) return match;
    used = true;
    return backslashes + place(value, (offset ?? 0) + slashes);
  });
  return { text, used };
}

function pattern(names: readonly string[]): RegExp {
  const named = names
    .toSorted((one, other) => other.length - one.length)
    .map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("|");
  // A named argument comes first: it may be called like one of the others.
  return new RegExp(`(\\\\*)\\$(?:(${named || "(?!)"})(?![\\w[])|ARGUMENTS(?:\\[(\\d+)\\])?|(\\d+)(?!\\w))`, "g");
}

function stands(
  placeholder: string,
  at: { index: string | undefined; position: string | undefined; name: string | undefined },
  given: Arguments,
  positions: readonly string[],
): Value | undefined {
  if (at.name !== undefined) return { text: positions[given.names.indexOf(at.name)] ?? "", whole: false };
  if (placeholder === "$ARGUMENTS") return { text: given.raw, whole: true };
  const index = at.index === undefined ? Number(at.position) - given.base : Number(at.index);
  const text = positions[index];
  return text === undefined ? undefined : { text, whole: false };
}

/**
 * Keeps typed text from reading as a shell block, as Claude Code does: an exclamation mark that could begin one is set
 * apart from what follows.
 */
export function defuse(text: string): string {
  return text
    .replace(/!(?=`)/g, "! ")
    .replace(/```(?=!)/g, "``` ")
    .replace(/(^|\s)!/g, "$1\\!");
}

/** The rule for a text without placeholders: what was typed follows it. */
export function append(text: string, raw: string): string {
  return raw === "" ? text : `${text}\n\nARGUMENTS: ${defuse(raw)}`;
}
