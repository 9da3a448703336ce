/** What the reader's thread is asked, and what it answers. Types only. */
import type { Format } from "../export/index.ts";
import type { ItemRow, LegRow, ThreadRow } from "../ledger.ts";
import type { Found } from "../search/found.ts";
import type { SearchFilter, ThreadFilter } from "../store.ts";

/** A conversation as a file, up to the request in which that is asked. */
export interface Wish {
  /** Empty where the client gives none. */
  readonly thread: string;
  /** The id of the request that asks for it: with its turn the conversation ends before. */
  readonly request: string;
  readonly format: Format;
  readonly mask: boolean;
  /** The file, which must not be there yet; or a folder of ours, in which the session's own file is written anew. */
  readonly to: { readonly file: string } | { readonly folder: string };
}

/**
 * What became of a wish. taken: the file is there already; unknown: nothing of the conversation is recorded;
 * empty: nothing was said before.
 */
export type Saved =
  | { readonly what: "saved"; readonly file: string; readonly bytes: number; readonly turns: number }
  | { readonly what: "taken"; readonly file: string }
  | { readonly what: "unknown" | "empty" };

/** Items of a conversation behind one of them, as many as are told at a time. */
export interface Behind {
  readonly items: readonly ItemRow[];
  /** The requests they came with, by `ItemRow.leg`. */
  readonly legs: ReadonlyMap<number, Pick<LegRow, "model" | "usage">>;
  readonly more: boolean;
}

export type Question =
  | { readonly what: "list"; readonly filter: ThreadFilter }
  | { readonly what: "search"; readonly query: string; readonly filter: SearchFilter }
  | { readonly what: "save"; readonly wish: Wish }
  | { readonly what: "behind"; readonly thread: string; readonly after: number };

export interface Answers {
  readonly list: readonly ThreadRow[];
  readonly search: readonly Found[];
  readonly save: Saved;
  readonly behind: Behind;
}

/** To the thread. */
export interface Asked {
  readonly ticket: number;
  readonly question: Question;
}

/** From the thread. */
export interface Told {
  readonly ticket: number;
  readonly answer?: Answers[keyof Answers];
  readonly failure?: { readonly code: string; readonly message: string };
}
