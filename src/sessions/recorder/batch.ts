/** Notes on their way to the worker: first with their bytes where they were read, then with all of them in one piece. */
import type { Answered, Begun, Bytes, Ended, Events, Note, Sent } from "./notes.ts";

/** A note whose bytes are still where they were read. */
export type Draft =
  | (Omit<Begun, "body"> & Partial<Loose>)
  | (Omit<Sent, "body"> & Loose)
  | (Omit<Bytes, "bytes"> & Loose)
  | (Omit<Events, "bytes" | "ends"> & Loose)
  | Answered
  | Ended;

interface Loose {
  readonly pieces: Buffer[];
}

/** The notes of these drafts, their bytes copied into one buffer that can be handed to another thread. */
export function pack(drafts: readonly Draft[]): { readonly notes: readonly Note[]; readonly buffer: ArrayBuffer } {
  let size = 0;
  for (const draft of drafts) if ("pieces" in draft) for (const piece of draft.pieces ?? []) size += piece.length;
  const buffer = new ArrayBuffer(size);
  const all = new Uint8Array(buffer);
  let at = 0;
  const copied = (pieces: readonly Buffer[]): Uint8Array => {
    const start = at;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all.subarray(start, at);
  };
  return { notes: drafts.map((draft) => note(draft, copied)), buffer };
}

function note(draft: Draft, copied: (pieces: readonly Buffer[]) => Uint8Array): Note {
  if (!("pieces" in draft)) return draft.what === "begun" ? { ...draft, body: undefined } : draft;
  const { pieces = [], ...rest } = draft;
  if (rest.what === "begun" || rest.what === "sent") return { ...rest, body: copied(pieces) };
  if (rest.what === "bytes") return { ...rest, bytes: copied(pieces) };
  let end = 0;
  return { ...rest, ends: pieces.map(({ length }) => (end += length)), bytes: copied(pieces) };
}
