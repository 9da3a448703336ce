/**
 * The language of a search: `words`, `"a phrase"`, `prefix*`, `-not this`, `one OR other`, and filters such as `role:user
 * tool:exec cwd:. model:gpt client:tui since:7d before:2026-11-01 thread:019a`. Whatever else a person pastes is words.
 */
import { resolve } from "node:path";
import { CodexPlusError } from "../../errors.ts";
import type { SearchFilter, SearchRole } from "../store.ts";
import { momentOf } from "./moment.ts";
import { wordList } from "./words.ts";

/** Words that stand beside each other in this order. */
export interface Term {
  readonly words: readonly string[];
  /** Of the last word only the beginning is given. */
  readonly prefix: boolean;
  /** As it was typed. */
  readonly typed: string;
}

export interface Query {
  /** One of each must be there. */
  readonly all: readonly (readonly Term[])[];
  readonly none: readonly Term[];
  /** Each must hold. */
  readonly filters: readonly SearchFilter[];
}

/** What a query is read against: now in ms since 1970, and the folder that `cwd:.` is. */
export interface Reading {
  readonly now: number;
  readonly here: string;
}

const ROLES: readonly string[] = ["user", "assistant", "tool", "reasoning"] satisfies SearchRole[];
/** A page that was pasted is known by its first words. */
const MOST_WORDS = 48;
const PIECE = /\s*(?:(-)(?![-\s]))?(?:([a-z]+):)?(?:"([^"]*)"(\*?)|(\S+))/gy;

interface Piece {
  readonly not: boolean;
  readonly key: string | undefined;
  readonly value: string;
  readonly quoted: boolean;
  readonly prefix: boolean;
}

/** @throws CodexPlusError CP_USAGE for a filter's value that has no meaning */
export function parseQuery(text: string, reading: Reading): Query {
  const all: Term[][] = [];
  const none: Term[] = [];
  const filters: SearchFilter[] = [];
  let left = MOST_WORDS;
  let or = false;
  const pieces = piecesOf(text);
  for (const [i, piece] of pieces.entries()) {
    const between = i > 0 && i < pieces.length - 1;
    const filter = filterOf(piece, reading);
    if (filter !== undefined) {
      filters.push(filter);
    } else if (between && isWord(piece, "OR") && all.length > 0) {
      or = true;
      continue;
    } else if (!(between && isWord(piece, "AND"))) {
      const term = termOf(piece, left);
      if (term === undefined) continue;
      left -= term.words.length;
      const group = all.at(-1);
      if (piece.not) none.push(term);
      else if (or && group !== undefined) group.push(term);
      else all.push([term]);
    }
    or = false;
  }
  return { all, none, filters };
}

function piecesOf(text: string): Piece[] {
  return [...text.replace(/[“”„]/g, '"').matchAll(PIECE)].map(([, not, key, quoted, star, plain]) => {
    const value = quoted ?? plain ?? "";
    const prefix = quoted === undefined ? /[\p{L}\p{N}]\*+$/u.test(value) : star === "*";
    return { not: not !== undefined, key, value, quoted: quoted !== undefined, prefix };
  });
}

function isWord({ not, key, value, quoted }: Piece, word: string): boolean {
  return !not && key === undefined && !quoted && value === word;
}

function termOf({ key, value, prefix }: Piece, most: number): Term | undefined {
  const typed = key === undefined ? value : `${key}:${value}`;
  const words = wordList(typed);
  if (words.length === 0 || most <= 0) return undefined;
  return { words: words.slice(0, most), prefix: prefix && words.length <= most, typed };
}

/** Undefined where it is no filter. */
function filterOf({ not, key, value }: Piece, { now, here }: Reading): SearchFilter | undefined {
  if (not || key === undefined || value === "") return undefined;
  switch (key) {
    case "role":
      if (!ROLES.includes(value)) throw new CodexPlusError("CP_USAGE", `role:${value} is none of ${ROLES.join(", ")}`);
      return { role: value as SearchRole };
    case "tool":
    case "model":
    case "client":
    case "thread":
      return { [key]: value };
    case "cwd":
      return { cwd: resolve(here, value) };
    case "since":
    case "before": {
      const at = momentOf(value, now);
      if (at !== undefined) return { [key]: at };
      throw new CodexPlusError(
        "CP_USAGE",
        `${key}:${value} is no moment: 2026-11-22, "2026-11-22 14:30", today, yesterday, or how long ago (12h, 7d, 2w)`,
      );
    }
    default:
      return undefined;
  }
}
