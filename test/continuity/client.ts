/**
 * Codex as codex-wire describes it: it keeps its own history, gives ids (or not), and sends all of it or only what is new
 * (sections 4.3, 4.6, 6). Beside each item stands what upstream has to see of it: the oracle of every check.
 */
import type { Item } from "../../src/testing/events.ts";
import type { Wire } from "../../src/turn.ts";
import type { Socket } from "./upstream.ts";

export interface Entry {
  readonly item: Item;
  /** The JSON texts that stand for it upstream. */
  up: readonly string[];
  /** Those that stand behind it, until a compaction. */
  behind: readonly string[];
}

export interface Habits {
  /** Codex from 0.156 on. */
  readonly ids: boolean;
  wire: Wire;
}

let count = 0;
/** Unique in a run of the process, as Codex's UUIDs are in the world. */
export function unique(): string {
  count += 1;
  return String(count).padStart(6, "0");
}

/** A thread in a client, and its socket. */
export class Thread {
  readonly habits: Habits;
  readonly id: string;
  readonly lineage: { readonly forked?: string; readonly parent?: string; readonly session?: string };
  history: Entry[];
  window = 0;
  socket: Socket = {};
  /** Whether it has made a request: only then can it have forks and sub-agents of its own. */
  started = false;
  /** The id that the client goes on from, and how much of the history upstream has on this socket. */
  #last: { id: string; known: number } | undefined;
  /** The input of the last full request since the last compaction or change of what was said. */
  #prefix = "";

  constructor(habits: Habits, id: string, history: readonly Entry[], lineage: Thread["lineage"] = {}) {
    this.habits = habits;
    this.id = id;
    this.history = [...history];
    this.lineage = lineage;
  }

  add(item: Item): Entry {
    const own = this.habits.ids ? item : without(item);
    const entry = { item: own, up: [JSON.stringify(own)], behind: [] };
    this.history.push(entry);
    return entry;
  }

  message(role: string, text: string): Item {
    return { type: "message", id: `msg_${unique()}`, role, content: [{ type: "input_text", text }] };
  }

  reconnect(): void {
    this.socket = {};
    this.#last = undefined;
  }

  /** What the history was is no longer what it is: nothing that was said before binds the next request. */
  rewound(): void {
    this.reconnect();
    this.#prefix = "";
  }

  /** The next request. @param extra items for this request alone */
  request(turn: string, kind: string, extra: readonly Item[] = []): Readonly<Record<string, unknown>> {
    const { ids, wire } = this.habits;
    this.started = true;
    const last = wire === "ws" ? this.#last : undefined;
    const items = [...this.history.slice(last?.known ?? 0).map(({ item }) => item), ...extra];
    const input = ids ? items : items.map(without);
    return {
      ...(wire === "ws" ? { type: "response.create" } : {}),
      model: "gpt",
      stream: true,
      store: false,
      ...(last === undefined ? {} : { previous_response_id: last.id }),
      input,
      client_metadata: { "x-codex-turn-metadata": JSON.stringify(this.metadata(turn, kind)) },
    };
  }

  metadata(turn: string, kind: string): object {
    const { forked, parent, session } = this.lineage;
    return {
      thread_id: this.id,
      session_id: session ?? this.id,
      turn_id: turn,
      request_kind: kind,
      thread_source: parent === undefined ? "user" : "subagent",
      ...(forked === undefined ? {} : { forked_from_thread_id: forked }),
      ...(parent === undefined ? {} : { parent_thread_id: parent }),
    };
  }

  /** A response has ended: over WebSocket the next request goes on from it, unless its id is empty. */
  completed(id: string): void {
    this.#last = id === "" ? undefined : { id, known: this.history.length };
  }

  /** A prewarm has been answered: what follows names it, and carries all the same. */
  prewarmed(id: string): void {
    if (id !== "") this.#last = { id, known: 0 };
  }

  /** What upstream has to have seen, with this request's own items. */
  truth(extra: readonly Item[] = []): string[] {
    const compaction = this.history.findLastIndex(({ item }) => item.type === "compaction");
    const texts = this.history.flatMap(({ up, behind }, index) => [...up, ...(index > compaction ? behind : [])]);
    return [...texts, ...extra.map((each) => JSON.stringify(this.habits.ids ? each : without(each)))];
  }

  /** @returns the input of the last full request, which the next one has to begin with */
  grow(input: string): string {
    const before = this.#prefix;
    this.#prefix = input;
    return before;
  }
}

/** Older clients give no ids to messages, and drop those of the model's. */
export function without(item: Item): Item {
  const { id: _, ...rest } = item;
  return rest as Item;
}
