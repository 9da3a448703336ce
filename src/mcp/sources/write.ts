/**
 * A server put into the text of a file, or taken out, with every other byte in it as it was: spaces, order, comments.
 * (The library's own edits put the lines around them into a form of its own.)
 */
import { findNodeAtLocation, type Node, type ParseError, parseTree } from "jsonc-parser";

/** A text that a server cannot be written into; the message says why. */
export class Unwritable extends Error {}

/**
 * @param text what the file has; empty for a new one
 * @param path to the server itself: `mcpServers`, name. What stands there already is replaced
 * @throws Unwritable
 */
export function withServer(text: string, path: readonly string[], definition: object): string {
  if (text.trim() === "") return withServer("{}\n", path, definition);
  const root = treeOf(text);
  const form = formOf(text);
  const [there, depth] = deepest(root, path);
  if (depth === path.length) return splice(text, there.offset, there.length, form.json(definition, depth));
  const missing = path.slice(depth + 1);
  const value = missing.reduceRight<object>((inner, key) => ({ [key]: inner }), definition);
  const property = `${JSON.stringify(path[depth])}: ${form.json(value, depth + 1)}`;
  const last = there.children?.at(-1);
  if (last !== undefined) {
    const end = last.offset + last.length;
    const comma = commaBehind(text, end);
    const line = `${form.line(depth + 1)}${property}`;
    return comma === undefined ? splice(text, end, 0, `,${line}`) : splice(text, comma + 1, 0, line);
  }
  const rest = text.slice(there.offset + 1);
  const tail = /^\s*\}/.test(rest) ? /^\s*/.exec(rest)?.[0].length : 0;
  return splice(text, there.offset + 1, tail ?? 0, form.line(depth + 1) + property + form.line(depth));
}

/** Undefined where it is not there. @throws Unwritable */
export function withoutServer(text: string, path: readonly string[]): string | undefined {
  if (text.trim() === "") return undefined;
  const [there, depth] = deepest(treeOf(text), path);
  const property = there.parent;
  const siblings = property?.parent?.children;
  if (depth < path.length || property === undefined || siblings === undefined) return undefined;
  const place = siblings.indexOf(property);
  const before = siblings[place - 1];
  const end = property.offset + property.length;
  const comma = commaBehind(text, end);
  const isLast = place === siblings.length - 1;
  // Behind it, the comma and what leads to the next line; before it, what leads to this one.
  const to = comma === undefined ? end : comma + 1;
  const behind = /^\s*/.exec(text.slice(to))?.[0].length ?? 0;
  if (!isLast) return splice(text, property.offset, to + behind - property.offset, "");
  const from = text.slice(0, property.offset).trimEnd().length;
  const only = before === undefined && text[from - 1] === "{" && text[to + behind] === "}";
  const without = splice(text, from, to + (only ? behind : 0) - from, "");
  const left = before === undefined ? undefined : commaBehind(without, before.offset + before.length);
  // One that stood behind the last of them as well is the file's own habit.
  return left === undefined || comma !== undefined ? without : splice(without, left, 1, "");
}

/** The node at the path, or the last object on the way to it, and how many steps it lies deep. @throws Unwritable */
function deepest(root: Node, path: readonly string[]): [Node, number] {
  for (let depth = path.length; depth >= 0; depth--) {
    const node = findNodeAtLocation(root, path.slice(0, depth));
    if (node === undefined) continue;
    if (depth === path.length || node.type === "object") return [node, depth];
    throw new Unwritable(`${depth === 0 ? "it" : path.slice(0, depth).join(".")} is no object`);
  }
  throw new TypeError("the empty path leads to the root");
}

function treeOf(text: string): Node {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [broken] = errors;
  if (broken === undefined && root !== undefined) return root;
  throw new Unwritable(`line ${text.slice(0, broken?.offset ?? 0).split("\n").length} is not JSON`);
}

/** Where the comma is that stands next, but for spaces and comments. */
function commaBehind(text: string, offset: number): number | undefined {
  const comma = /^(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*,/.exec(text.slice(offset))?.[0];
  return comma === undefined ? undefined : offset + comma.length - 1;
}

/** How the file is written: its line ends, and what its first indented line begins with. */
function formOf(text: string) {
  const indent = /\n([\t ]+)\S/.exec(text)?.[1] ?? "  ";
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const line = (depth: number): string => end + indent.repeat(depth);
  return {
    line,
    json: (value: object, depth: number): string => JSON.stringify(value, null, indent).replaceAll("\n", line(depth)),
  };
}

function splice(text: string, offset: number, length: number, by: string): string {
  return text.slice(0, offset) + by + text.slice(offset + length);
}
