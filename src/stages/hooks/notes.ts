/** What the hooks of a turn have said so far, for whoever comes later in it. */
import type { AnyEvent } from "../../hooks/hook.ts";
import type { Metadata } from "../../protocol/head.ts";
import type { Turn } from "../../turn.ts";
import type { Thread } from "./threads.ts";

export interface Notes {
  /** The folder whose hooks count. */
  readonly project: string;
  /** What they want to hear of. */
  readonly events: ReadonlySet<AnyEvent>;
  readonly thread: Thread;
  /** What the client says of the turn. */
  readonly metadata: Metadata;
  /** Where the prompt stands among the items of the request, if the request brings a new one. */
  prompt: number | undefined;
  /** Whether a hook has put another text in the prompt's place, which may be a command as the first was. */
  retyped: boolean;
  /** For the model, beside the prompt: behind it. */
  readonly context: string[];
  /** For the person, not shown yet. */
  readonly notices: string[];
  /** Whether nobody has answered the turn here. */
  goesUp: boolean;
}

const KEY = Symbol("hooks");

/** Undefined where no hook has to do with the turn. */
export function notesOf(turn: Turn): Notes | undefined {
  return turn.notes.get(KEY) as Notes | undefined;
}

export function keepNotes(turn: Turn, notes: Notes): Notes {
  turn.notes.set(KEY, notes);
  return notes;
}
