/** Writes the tables of docs/performance.md, each between its markers. */
import { readFileSync, writeFileSync } from "node:fs";

const PAGE = new URL("../docs/performance.md", import.meta.url);
const BENCH = "<!-- written by npm run bench -- --write-docs -->";
export const RECORDING = "<!-- written by npm run bench:recording -- --write-docs -->";
export const MCP = "<!-- written by npm run bench:mcp -- --write-docs -->";
const END = "<!-- end -->";

/** @param begin the marker before the table */
export function writeDocs(text: string, begin: string = BENCH): void {
  const page = readFileSync(PAGE, "utf8");
  const from = page.indexOf(begin);
  const to = page.indexOf(END, from);
  if (from < 0 || to < from) throw new Error("docs/performance.md has lost the markers of its table");
  writeFileSync(PAGE, `${page.slice(0, from)}${begin}\n${text}\n${page.slice(to)}`);
}
