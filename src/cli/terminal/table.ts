/** A table that fits its terminal: what matters least goes first. */
import { styleText } from "node:util";
import { columns as columnsOfTerminal, cut, widthOf } from "./text.ts";

type Format = Parameters<typeof styleText>[0];

export interface Column {
  readonly head: string;
  readonly right?: boolean;
  /** The widest it gets; what is longer is cut. */
  readonly most?: number;
  /** Which end of a cell goes where it is cut. */
  readonly cut?: "end" | "start";
  /** Takes the room that the others leave, and is cut to it. */
  readonly rest?: boolean;
  /** Where the room is short, such columns are left out, the highest number first. */
  readonly spare?: number;
  readonly style?: Format;
}

const GAP = "  ";
/** What is left to the column that takes the rest before others go. */
const LEAST = 24;

/** The lines of a table with its head. Cells are plain text without line ends. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = columnsOfTerminal(),
): string[] {
  const fields = fitted(
    columns.map((column, index) => ({ column, index, width: widest(column, index, rows) })),
    width,
  );
  const line = (cells: readonly string[], format?: Format): string =>
    fields
      .map(({ column, index, width }) => {
        const text = cut(cells[index] ?? "", width, column.cut);
        const style = format ?? column.style;
        const blanks = " ".repeat(Math.max(0, width - widthOf(text)));
        const shown = style === undefined || text === "" ? text : styleText(style, text);
        return column.right ? blanks + shown : shown + blanks;
      })
      .join(GAP)
      .trimEnd();
  return [
    line(
      columns.map(({ head }) => head),
      "dim",
    ),
    ...rows.map((row) => line(row)),
  ];
}

interface Field {
  readonly column: Column;
  readonly index: number;
  readonly width: number;
}

function widest({ head, most }: Column, index: number, rows: readonly (readonly string[])[]): number {
  const cells = rows.reduce((width, row) => Math.max(width, widthOf(row[index] ?? "")), widthOf(head));
  return Math.min(most ?? Number.POSITIVE_INFINITY, cells);
}

/** Those for which there is room, each as wide as it then is. */
function fitted(fields: readonly Field[], width: number): readonly Field[] {
  const least = ({ column, width }: Field): number => (column.rest ? Math.min(width, LEAST) : width);
  const taken = (list: readonly Field[]): number =>
    list.reduce((sum, field) => sum + least(field), GAP.length * Math.max(0, list.length - 1));
  let kept = fields;
  while (taken(kept) > width) {
    const spare = Math.max(...kept.map(({ column }) => column.spare ?? 0));
    if (spare === 0) break;
    kept = kept.filter(({ column }) => column.spare !== spare);
  }
  const left = width - taken(kept);
  return kept.map((field) => ({
    ...field,
    width: field.column.rest ? Math.max(8, Math.min(field.width, least(field) + left)) : field.width,
  }));
}
