/** Writes the table of docs/performance.md, between its markers. */
import { readFileSync, writeFileSync } from "node:fs";

const PAGE = new URL("../docs/performance.md", import.meta.url);
const BEGIN = "<!-- written by npm run bench -- --write-docs -->";
const END = "<!-- end -->";

export function writeDocs(text: string): void {
  const page = readFileSync(PAGE, "utf8");
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error("docs/performance.md has lost the markers of its table");
  writeFileSync(PAGE, `${page.slice(0, from)}${BEGIN}\n${text}\n${page.slice(to)}`);
}
