/** Code as HTML, its syntax in colours where the language is known. */
import { createRequire } from "node:module";

/** What is used of highlight.js (https://highlightjs.readthedocs.io/en/latest/api.html). */
interface Highlighter {
  highlight(code: string, options: { language: string; ignoreIllegals: boolean }): { readonly value: string };
  getLanguage(name: string): object | undefined;
}

// Required, not imported: its types bring in those of a browser's page, for the whole project.
const require = createRequire(import.meta.url);
const highlighter: Highlighter = require("highlight.js/lib/common");

/** UTF-16 units; longer ones are a log or a lock file, and nobody looks for keywords there. */
const MOST_COLOURED = 64 * 1024;
/** Nobody writes such lines by hand, and some grammars go through one again from each of its letters. */
const LONG_LINE = /[^\n]{1001}/;

export function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

export function codeBlock(text: string, language: string): string {
  return `<pre><code>${coloured(text, language)}</code></pre>\n`;
}

/** @returns HTML that holds nothing but text and `span`s with a class */
export function coloured(text: string, language: string): string {
  const isKnown = language !== "" && highlighter.getLanguage(language) !== undefined;
  if (!isKnown || text.length > MOST_COLOURED || LONG_LINE.test(text)) return escaped(text);
  return highlighter.highlight(text, { language, ignoreIllegals: true }).value;
}
