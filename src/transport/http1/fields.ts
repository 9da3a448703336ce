/** Header fields as text (RFC 9110 section 5): read strictly, and never written where they could be read in two ways. */
import type { RawHeaders } from "../../contracts.ts";

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;
const FIELD_LINE = /([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\x20-\x7e\x80-\xff]*)\r\n/y;

/** True for a method or field name. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** True for a field value: visible bytes, space, tab and obs-text; no CR, LF, NUL, nor anything beyond latin1. */
export function isFieldText(text: string): boolean {
  return TEXT.test(text);
}

/**
 * Reads field lines from `from` to the end of the text (the empty line left out). Undefined where one is not exactly
 * `name:value CRLF`: folded lines, bare CR or LF and spaces before the colon are how two readers come to disagree.
 */
export function parseFields(text: string, from: number): RawHeaders | undefined {
  const fields: string[] = [];
  FIELD_LINE.lastIndex = from;
  for (let at = from; at < text.length; at = FIELD_LINE.lastIndex) {
    const match = FIELD_LINE.exec(text);
    if (match === null) return undefined;
    fields.push(match[1] ?? "", trimBlanks(match[2] ?? ""));
  }
  return fields;
}

/** Field lines as they go onto the wire, each with its CRLF; undefined if a name or value must not be written. */
export function formatFields(fields: RawHeaders): string | undefined {
  let text = "";
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? "";
    const value = fields[i + 1] ?? "";
    if (!isToken(name) || !isFieldText(value)) return undefined;
    text += `${name}: ${value}\r\n`;
  }
  return text;
}

/** Not `String.trim`, which would also take a no-break space (0xA0), a legal byte of a value. */
function trimBlanks(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
