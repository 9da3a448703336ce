/**
 * One top-level key of Codex's config.toml, changed without touching any other byte. Where its line stands is guessed
 * from the text and proven by parsing what remains without it, so a look-alike inside a multi-line string or under a
 * [table] is never edited. (A general TOML editor was tried; it takes the comment above a removed key along.)
 */
import { isDeepStrictEqual } from "node:util";
import { parse, type TomlTable } from "smol-toml";

export const KEY = "openai_base_url";

/** Said behind the line that we add. */
const NOTE = "# added by codex-plus; `codex-plus setup --undo` takes it out";

/** What may be the key's line: what stands before the value, the value as written, the rest with the line's end. */
const LINE =
  /(?<=^\uFEFF?)([ \t]*(?:openai_base_url|"openai_base_url"|'openai_base_url')[ \t]*=[ \t]*)("(?:[^"\\\r\n]|\\.)*"|'[^'\r\n]*')([ \t]*(?:#[^\r\n]*)?(?:\r?\n|$))/gm;

/** Behind these a new first line is put: a byte order mark, and directives to editors, which have to come first. */
const PREFACE = /^\uFEFF?(?:#:[^\n]*\n)*/;

/** @throws TomlError with `line` and `column` when the text is not TOML */
export function parseToml(text: string): TomlTable {
  return { ...parse(text, { integersAsBigInt: true }) };
}

/** The key's value as it is written, quotes and all; undefined when it is not there or in a form not understood here. */
export function literalOf(text: string): string | undefined {
  return keyLine(text)?.[2];
}

/**
 * The text with the key set to this literal: the value replaced where the key is there, else a line added on top, since
 * a top-level key has to stand before the first table. Undefined where the key is there in a form not understood here.
 */
export function assign(text: string, literal: string): string | undefined {
  if (!(KEY in parseToml(text))) return addition(text, literal);
  const line = keyLine(text);
  return line && splice(text, line, `${line[1]}${literal}${line[3]}`);
}

/** The text without the key's line; undefined as for `assign`. */
export function remove(text: string): string | undefined {
  const line = keyLine(text);
  return line && splice(text, line, "");
}

function keyLine(text: string): RegExpExecArray | undefined {
  const { [KEY]: _, ...rest } = parseToml(text);
  return [...text.matchAll(LINE)].find((line) => {
    try {
      return isDeepStrictEqual(parseToml(splice(text, line, "")), rest);
    } catch {
      return false;
    }
  });
}

function addition(text: string, literal: string): string {
  const preface = PREFACE.exec(text)?.[0] ?? "";
  const end = /\r?\n/.exec(text)?.[0] ?? "\n";
  return `${preface}${KEY} = ${literal} ${NOTE}${end}${text.slice(preface.length)}`;
}

function splice(text: string, line: RegExpExecArray, by: string): string {
  return text.slice(0, line.index) + by + text.slice(line.index + line[0].length);
}
