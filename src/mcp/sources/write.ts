/** A server put into the text of a file, or taken out, with everything else in it as it was: spaces, order, comments. */
import { applyEdits, type FormattingOptions, getNodeValue, modify, type ParseError, parseTree } from "jsonc-parser";

/** A file whose text is not what a server can be written into; `reason` says why. */
export class Unwritable extends Error {}

/**
 * @param text what the file has; empty for a new one
 * @param path to the server's own name: `mcpServers`, name
 * @throws Unwritable
 */
export function withServer(text: string, path: readonly string[], definition: object): string {
  const whole = text.trim() === "" ? "{}" : text;
  check(whole, path);
  const changed = edited(whole, path, definition);
  return text.trim() === "" ? `${changed}\n` : changed;
}

/** Undefined where it is not there. @throws Unwritable */
export function withoutServer(text: string, path: readonly string[]): string | undefined {
  if (text.trim() === "") return undefined;
  if (!check(text, path)) return undefined;
  return edited(text, path, undefined);
}

function edited(text: string, path: readonly string[], value: object | undefined): string {
  return applyEdits(text, modify(text, [...path], value, { formattingOptions: formOf(text) }));
}

/** Whether something stands at the path. @throws Unwritable where the way to it is no object */
function check(text: string, path: readonly string[]): boolean {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [broken] = errors;
  if (broken !== undefined || root === undefined) {
    const line = text.slice(0, broken?.offset ?? 0).split("\n").length;
    throw new Unwritable(`line ${line} is not JSON`);
  }
  let value: unknown = getNodeValue(root);
  for (const [depth, key] of path.entries()) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new Unwritable(`${depth === 0 ? "it" : path.slice(0, depth).join(".")} is no object`);
    }
    if (!Object.hasOwn(value, key)) return false;
    value = (value as Record<string, unknown>)[key];
  }
  return true;
}

/** How the file is written: its line ends, and what its first indented line begins with. */
function formOf(text: string): FormattingOptions {
  const indent = /\n([\t ]+)\S/.exec(text)?.[1] ?? "  ";
  const tabs = indent.startsWith("\t");
  return { insertSpaces: !tabs, tabSize: tabs ? 1 : indent.length, eol: text.includes("\r\n") ? "\r\n" : "\n" };
}
