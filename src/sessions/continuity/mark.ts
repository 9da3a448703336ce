/** What is kept of a thread: marks on the items of its history, and what they are put on. Types only. */

/** What becomes of one item of the client's history whenever it goes up. */
export interface Mark {
  /** JSON texts that take the item's place: none for a ghost. Undefined: the item itself stays. */
  readonly instead?: readonly string[] | undefined;
  /** JSON texts of items that the client never saw and that stand behind this one. */
  readonly behind: readonly string[];
  readonly ghost?: Ghost | undefined;
}

/** One side of an exchange that was answered here and that upstream never learns of. */
export interface Ghost {
  readonly part: "command" | "reply";
  /** Codex's turn id; empty where the client gave none. */
  readonly turn: string;
  /** What the reply's ids are made of, and its text: a command that comes again gets the same answer. */
  readonly id: string;
  readonly text: string;
}

/** An item in the history of a client that gives its items no ids. */
export interface Seen {
  /** What it says, hashed. */
  readonly text: string;
  /** The key of its mark, if it has one. */
  readonly mark?: string | undefined;
  /** No longer in the client's history when that was last seen (a compaction, a rollback); kept for its mark. */
  readonly gone?: boolean | undefined;
}

/** The history of a client without ids, as last seen: there an item's place is its identity. */
export interface Sequence {
  readonly items: readonly Seen[];
  /** Whether it is known from its very beginning. */
  readonly whole: boolean;
  /** Codex's turn id when it was seen. */
  readonly turn: string;
}

/** A response id of ours, and how to go on from there with what upstream knows. */
export interface Bridge {
  /** The last id that upstream knows; undefined for none. */
  readonly real?: string | undefined;
  /** JSON texts of the items that upstream has missed since. */
  readonly owed: readonly string[];
}
