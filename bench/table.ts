/** The tables: measured values with their ratios for the terminal, ratios alone for the documentation. */
import { METRICS, type Metric } from "./metrics.ts";
import type { Summary } from "./summary.ts";

/** A Markdown table whose columns are aligned. */
export function grid(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const pad = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  const line = (row: readonly string[]): string => `| ${row.map(pad).join(" | ")} |`;
  const rule = widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(head), line(rule), ...body.map(line)].join("\n");
}

/** Values, and how many times the reference's each is. */
export function valueTable(summary: Summary, targets: readonly string[], reference: string): string {
  const cell = (target: string, key: string, show: (value: number) => string): string => {
    const value = summary.value(target, key);
    if (value === undefined) return "–";
    const ratio = target === reference ? undefined : summary.ratio(target, reference, key);
    return ratio === undefined ? show(value) : `${show(value)} (${times(ratio)})`;
  };
  return grid([
    ["", ...targets],
    ...measured(summary, targets).map(({ key, label, show }) => [
      label,
      ...targets.map((target) => cell(target, key, show)),
    ]),
  ]);
}

/** How many times the reference's each value is. */
export function ratioTable(summary: Summary, targets: readonly string[], reference: string): string {
  const cell = (target: string, key: string): string => {
    const ratio = summary.ratio(target, reference, key);
    return ratio === undefined ? "–" : times(ratio);
  };
  return grid([
    ["", ...targets],
    ...measured(summary, targets).map(({ key, label, better }) => [
      better === "high" ? `${label} (more is better)` : label,
      ...targets.map((target) => cell(target, key)),
    ]),
  ]);
}

function measured(summary: Summary, targets: readonly string[]): Metric[] {
  return METRICS.filter(({ key }) => targets.some((target) => summary.value(target, key) !== undefined));
}

function times(ratio: number): string {
  return `${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2)}×`;
}

/** The bars of the design, each with what this run says of it. */
export function bars(summary: Summary, target: string): string[] {
  const lines: string[] = [];
  const added = summary.added(target, "direct", "first60.p50");
  if (added !== undefined)
    lines.push(`added time to first event, 60 KB, p50: ${(added / 1000).toFixed(2)} ms (bar: 1 ms)`);
  const first = summary.ratio(target, "nginx", "first60.p50");
  if (first !== undefined) lines.push(`time to first event, 60 KB, to nginx: ${times(first)} (bar: 2×)`);
  const relay = summary.ratio(target, "bare-node", "relay200.p50");
  if (relay !== undefined) lines.push(`relay delay at 200 streams, to bare Node: ${times(relay)} (bar: 2×)`);
  return lines;
}
