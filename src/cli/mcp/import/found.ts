/** What other programs' files have, in the form of `.mcp.json`. */

/** A server that can come over. */
export interface Foreign {
  readonly name: string;
  readonly definition: Readonly<Record<string, unknown>>;
  /** What of it cannot come over, or has to be done by hand. */
  readonly notes: readonly string[];
}

export interface Found {
  readonly servers: readonly Foreign[];
  /** Servers that stay where they are, and why. */
  readonly left: readonly { readonly name: string; readonly why: string }[];
}

export type Table = Readonly<Record<string, unknown>>;

export function tableOf(value: unknown): Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** Only what is there: a definition has no empty fields. */
export function present(fields: Table): Table {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
