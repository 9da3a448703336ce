/**
 * Where the members of a JSON object and the elements of an array lie in the bytes, without parsing them: a request of a
 * megabyte is looked at and changed in one place without being parsed and written anew (which costs 5-10 ms).
 */

/** From `start` up to but not including `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Member extends Span {
  readonly key: string;
  /** Where the key's opening quote stands; `start` and `end` are the value's. */
  readonly from: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** Keys and short values are walked through here; from this length on the native search is the faster. */
const SHORT = 24;

/**
 * The members of the object that begins at or after `at`, in order; undefined where there is no well-formed object.
 * @param opened the value of this member, if it is an array, is opened on the way: `elements` gets what it holds
 */
export function objectMembers(bytes: Buffer, at = 0, opened?: string, elements: Span[] = []): Member[] | undefined {
  let i = skipSpace(bytes, at);
  if (bytes[i] !== OPEN_BRACE) return undefined;
  const members: Member[] = [];
  i = skipSpace(bytes, i + 1);
  if (bytes[i] === CLOSE_BRACE) return members;
  for (;;) {
    if (bytes[i] !== QUOTE) return undefined;
    const from = i;
    i = stringEnd(bytes, i);
    if (i < 0) return undefined;
    const key = keyText(bytes, from, i);
    i = skipSpace(bytes, i);
    if (key === undefined || bytes[i] !== COLON) return undefined;
    const start = skipSpace(bytes, i + 1);
    // JSON.parse lets the last of two members of one name win, so do we.
    if (key === opened) elements.length = 0;
    const end =
      key === opened && bytes[start] === OPEN_BRACKET ? arrayEnd(bytes, start, elements) : valueEnd(bytes, start);
    if (end < 0) return undefined;
    members.push({ key, from, start, end });
    i = skipSpace(bytes, end);
    if (bytes[i] === CLOSE_BRACE) return members;
    if (bytes[i] !== COMMA) return undefined;
    i = skipSpace(bytes, i + 1);
  }
}

/**
 * The text of an object's own member whose value is a string of ASCII (an id, a type); undefined where it has none.
 * Reads no further than that member, which stands near the front of the items it is used for.
 */
export function stringMember(bytes: Buffer, { start, end }: Span, key: string): string | undefined {
  if (bytes[start] !== OPEN_BRACE) return undefined;
  let i = skipSpace(bytes, start + 1);
  while (i < end && bytes[i] === QUOTE) {
    const from = i + 1;
    i = stringEnd(bytes, i);
    if (i < 0) return undefined;
    const wanted = i - 1 - from === key.length && spells(bytes, from, key);
    const value = skipSpace(bytes, skipSpace(bytes, i) + 1);
    i = valueEnd(bytes, value);
    if (i < 0) return undefined;
    if (wanted) return bytes[value] === QUOTE ? bytes.toString("latin1", value + 1, i - 1) : undefined;
    i = skipSpace(bytes, skipSpace(bytes, i) + 1);
  }
  return undefined;
}

function spells(bytes: Buffer, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i += 1) if (bytes[at + i] !== word.charCodeAt(i)) return false;
  return true;
}

/** Behind the array that opens at `at`, or -1; `elements` gets its elements in order. */
function arrayEnd(bytes: Buffer, at: number, elements: Span[]): number {
  let i = skipSpace(bytes, at + 1);
  if (bytes[i] === CLOSE_BRACKET) return i + 1;
  for (;;) {
    const end = valueEnd(bytes, i);
    if (end < 0) return -1;
    elements.push({ start: i, end });
    i = skipSpace(bytes, end);
    if (bytes[i] === CLOSE_BRACKET) return i + 1;
    if (bytes[i] !== COMMA) return -1;
    i = skipSpace(bytes, i + 1);
  }
}

function skipSpace(bytes: Buffer, at: number): number {
  let i = at;
  while (bytes[i] === 0x20 || bytes[i] === 0x0a || bytes[i] === 0x0d || bytes[i] === 0x09) i += 1;
  return i;
}

/** Behind the closing quote of the string that opens at `at`, or -1. */
function stringEnd(bytes: Buffer, at: number): number {
  let i = at + 1;
  for (const near = i + SHORT; i < near; i += 1) {
    const byte = bytes[i];
    if (byte === QUOTE) return i + 1;
    if (byte === BACKSLASH) i += 1;
    else if (byte === undefined) return -1;
  }
  for (;;) {
    i = bytes.indexOf(QUOTE, i);
    if (i < 0) return -1;
    let slashes = 0;
    while (bytes[i - 1 - slashes] === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return i + 1;
    i += 1;
  }
}

/** Behind the value that begins at `at`, or -1. */
function valueEnd(bytes: Buffer, at: number): number {
  const first = bytes[at];
  if (first === QUOTE) return stringEnd(bytes, at);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return scalarEnd(bytes, at);
  let depth = 0;
  let i = at;
  while (i < bytes.length) {
    const byte = bytes[i];
    if (byte === QUOTE) {
      i = stringEnd(bytes, i);
      if (i < 0) return -1;
      continue;
    }
    i += 1;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return i;
    }
  }
  return -1;
}

/** Behind a number, true, false or null. */
function scalarEnd(bytes: Buffer, at: number): number {
  let i = at;
  while (i < bytes.length) {
    const byte = bytes[i] as number;
    if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte <= 0x20) break;
    i += 1;
  }
  return i === at ? -1 : i;
}

function keyText(bytes: Buffer, start: number, end: number): string | undefined {
  const plain = bytes.toString("utf8", start + 1, end - 1);
  if (!plain.includes("\\")) return plain;
  try {
    return String(JSON.parse(bytes.toString("utf8", start, end)));
  } catch {
    return undefined;
  }
}
