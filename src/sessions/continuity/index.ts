/**
 * Continuity: what was answered here, rewritten or hidden stays true on every later request. The client keeps its own
 * history and sends the originals again (codex-wire 6): always over HTTP, and over WebSocket after every reconnect, Esc,
 * resume, fork, sub-agent and compaction. So each item that was ever touched has a mark, and every request is restored by
 * them to what upstream has seen.
 */
import type { Logger } from "../../log.ts";
import type { Item, RequestBody, RequestDraft } from "../../protocol/request.ts";
import { newId, reply, say } from "../../protocol/say.ts";
import type { Reply, Turn, Wire } from "../../turn.ts";
import { isCallKey, textOf } from "./identity.ts";
import type { Ghost, Mark, Sequence } from "./mark.ts";
import { type Marking, markingChanges } from "./marking.ts";
import { type Lineage, Memory } from "./memory.ts";
import { RequestItems, spoken } from "./request-items.ts";
import { advance, lastMarks } from "./sequence.ts";
import type { Shelf, ThreadMemory } from "./shelf.ts";

/** What continuity wants of a turn. */
export type Touched = Pick<Turn, "head" | "request">;

type Marks = readonly (Mark | undefined)[];

export class Continuity {
  readonly #memory: Memory;
  /** The JSON texts that were put into a request, and what the client had sent in their place. */
  readonly #ours = new WeakMap<RequestBody, Map<string, () => Item>>();
  /** Requests as they came, before anything was put into them. */
  readonly #arrived = new WeakMap<RequestBody, RequestItems>();
  /** The texts of requests that the sequence of their thread knows already. */
  readonly #seen = new WeakMap<RequestBody, ReadonlySet<string>>();

  /** Threads without ids whose last request was a prewarm. */
  readonly #prewarmed = new Set<string>();

  constructor(shelf: Shelf, log: Logger) {
    this.#memory = new Memory(shelf, log);
  }

  /** Whether a request of this thread has to be restored. Synchronous and cheap: a thread with nothing costs nothing. */
  touches(lineage: Lineage): boolean {
    return this.#memory.touches(lineage);
  }

  /**
   * Makes the request what it has to be for upstream.
   * @returns the answer to a command that was answered here before and has now come again (its answer got lost)
   * @throws CodexPlusError CP_REQUEST_INVALID
   */
  restore(turn: Touched): Reply | undefined {
    const { head, request } = turn;
    this.#memory.use(head);
    const memories = this.#memory.of(head);
    const items = this.#asItCame(request);
    const marks = this.#find(turn, items, memories);
    const previous = memories.some(({ bridges }) => bridges.size > 0)
      ? request.field("previous_response_id")
      : undefined;
    if (marks.some((mark) => mark !== undefined)) {
      const compaction = lastCompaction(items, marks);
      request.edit((draft) => splice(draft, marks, compaction));
      for (const [index, mark] of marks.entries()) {
        if (mark !== undefined) this.#own(request, [...(mark.instead ?? []), ...mark.behind], () => items.item(index));
      }
    }
    if (typeof previous === "string") cross(request, previous, memories);
    const ghost = head.kind === "main" ? lastGhost(items, marks) : undefined;
    return ghost === undefined ? undefined : answerAgain(head.wire, ghost);
  }

  /** Whether the item at this place was put there by `restore` or `rewrite`: what it said has been acted on before. */
  handled({ request }: Touched, index: number): boolean {
    return this.#ours.get(request)?.has(new RequestItems(request).text(index)) ?? false;
  }

  /**
   * Puts other items in the place of one of this request's, now and whenever it comes again. The item may be one that was
   * put there itself: then what it stands in the place of is from now on replaced by the whole.
   */
  rewrite(turn: Touched, index: number, replacement: readonly Item[]): void {
    const { request } = turn;
    const texts = replacement.map((item) => JSON.stringify(item));
    const items = new RequestItems(request);
    const standing = items.text(index);
    const item = this.#ours.get(request)?.get(standing)?.() ?? items.item(index);
    const change = (mark: Mark): Mark => {
      const { instead = [], behind } = mark;
      const [at, hidden] = [instead.indexOf(standing), behind.indexOf(standing)];
      if (at >= 0) return { ...mark, instead: instead.toSpliced(at, 1, ...texts) };
      return hidden < 0 ? { ...mark, instead: texts } : { ...mark, behind: behind.toSpliced(hidden, 1, ...texts) };
    };
    this.#keep(turn, [{ item, sent: true, change }]);
    request.edit((draft) => draft.spliceItems(index, 1, texts));
    this.#own(request, texts, () => item);
  }

  /** Keeps an item that the client is about to get from ever going up. */
  conceal(turn: Touched, item: Item): void {
    this.#keep(turn, [{ item, sent: false, change: (mark) => ({ ...mark, instead: [] }) }]);
  }

  /** Whenever an item that the client is about to get goes up again, this goes up: what upstream itself has said. */
  original(turn: Touched, item: Item, original: Item): void {
    const instead = [JSON.stringify(original)];
    this.#keep(turn, [{ item, sent: false, change: (mark) => ({ ...mark, instead }) }]);
  }

  /**
   * Answers a turn here: neither the command nor this answer will ever go up.
   * @param command the places of the items that are the command; whatever else the request brings goes up next time
   */
  answer(turn: Touched, command: readonly number[], text: string): Reply {
    const { head, request } = turn;
    const items = new RequestItems(request);
    const id = newId();
    const ghost = (part: Ghost["part"]) => (): Mark => ({
      instead: [],
      behind: [],
      ghost: { part, turn: head.turn, id, text },
    });
    const said = { type: "message", id: `msg_${id}`, role: "assistant", content: [{ type: "output_text", text }] };
    this.#keep(turn, [
      ...command.map((index): Marking => ({ item: items.item(index), sent: true, change: ghost("command") })),
      { item: said, sent: false, change: ghost("reply") },
    ]);
    // On WebSocket the id is empty, and the client sends its next request in full. Others may go on from the id they get.
    if (head.wire === "sse" && request.field("store") !== false) {
      const rest = Array.from({ length: items.length }, (_, index) => index).filter((each) => !command.includes(each));
      const owed = rest.map((index) => items.text(index));
      this.bridge(turn, `resp_${id}`, owed);
    }
    return say(head.wire, text, id);
  }

  /**
   * Keeps items that the client never sees: they will stand behind this one, and behind those hidden there before, in
   * every later request.
   * @param after an item of this request, or of the response to it, that the client does see
   */
  hide(turn: Touched, after: Item, hidden: readonly Item[]): void {
    const { request } = turn;
    const texts = hidden.map((item) => JSON.stringify(item));
    const item = this.#ours.get(request)?.get(JSON.stringify(after))?.() ?? after;
    const sent = this.#asItCame(request).has(item) || (this.#seen.get(request)?.has(textOf(item)) ?? false);
    this.#keep(turn, [{ item, sent, change: (mark) => ({ ...mark, behind: [...mark.behind, ...texts] }) }]);
    // More may be hidden behind what has just been.
    this.#own(request, texts, () => item);
  }

  /**
   * The same before an item, for a client whose items before it cannot be told again from others.
   * @param next an item of the response that the client gets
   */
  hideBefore(turn: Touched, next: Item, hidden: readonly Item[]): void {
    const texts = hidden.map((item) => JSON.stringify(item));
    const change = (mark: Mark): Mark => ({
      ...mark,
      instead: [...texts, ...(mark.instead ?? [JSON.stringify(next)])],
    });
    this.#keep(turn, [{ item: next, sent: false, change }]);
  }

  /**
   * Remembers a response id of ours that the client may go on from.
   * @param owed the JSON texts of what upstream has to be told with the next request
   * @param real the id that upstream knows; else the one that this request goes on from, if it does
   */
  bridge(
    { head, request }: Touched,
    responseId: string,
    owed: readonly string[],
    real = request.field("previous_response_id"),
  ): void {
    this.#memory.use(head);
    const bridge = { ...(typeof real === "string" ? { real } : {}), owed };
    this.#memory.keep([{ what: "bridge", thread: head.thread, id: responseId, bridge }]);
  }

  /** Forgets threads that were last used before then (ms since 1970). */
  prune(before: number): void {
    this.#memory.prune(before);
  }

  /** Writes what is still unwritten, and closes the shelf. */
  close(): void {
    this.#memory.close();
  }

  /** The mark of each item that has one. */
  #find(turn: Touched, items: RequestItems, memories: readonly ThreadMemory[]): Marks {
    const find = finder(memories);
    const calls = memories.some(hasCalls);
    const marks = Array.from({ length: items.length }, (_, index) => {
      const byId = find(items.idKey(index));
      return byId ?? (calls ? find(items.callKey(index)) : undefined);
    });
    const sequence = memories.find((memory) => memory.sequence !== undefined)?.sequence;
    if (sequence === undefined) return marks;
    const { kind, thread } = turn.head;
    // A prewarm carries none of the history, or only how it begins. A fork's says when it parted from its parent.
    if (kind === "warmup") {
      this.#prewarmed.add(thread);
      this.#memory.keep([{ what: "sequence", thread, sequence }]);
      return marks;
    }
    const { now, indexes } = this.#see(turn, items, sequence);
    this.#memory.keep([{ what: "sequence", thread, sequence: now }]);
    for (const [i, key] of lastMarks(now, indexes.length).entries()) marks[indexes[i] as number] ??= find(key);
    return marks;
  }

  /** The sequence with this request in it. */
  #see({ head, request }: Touched, items: RequestItems, past: Sequence | undefined) {
    const chained = request.field("previous_response_id") !== undefined;
    const { indexes, view } = spoken(items, head.turn, chained, this.#prewarmed.delete(head.thread));
    this.#seen.set(request, new Set(view.texts));
    const prompt = head.kind === "main" ? view.prompt : -1;
    return { now: advance(past, { ...view, prompt }), indexes };
  }

  #asItCame(request: RequestBody): RequestItems {
    const items = this.#arrived.get(request) ?? new RequestItems(request);
    this.#arrived.set(request, items);
    return items;
  }

  #keep(turn: Touched, markings: readonly Marking[]): void {
    const { head, request } = turn;
    this.#memory.use(head);
    const memories = this.#memory.of(head);
    const items = this.#asItCame(request);
    const sequence = (): Sequence | undefined => {
      if (head.thread === "") return undefined;
      const past = memories.find((memory) => memory.sequence !== undefined)?.sequence;
      return this.#seen.has(request) ? past : this.#see(turn, items, past).now;
    };
    const find = finder(memories);
    const { thread } = head;
    this.#memory.keep(markingChanges({ thread, mark: find, named: items.named, sequence }, markings));
  }

  #own(request: RequestBody, texts: readonly string[], sent: () => Item): void {
    const ours = this.#ours.get(request) ?? new Map();
    for (const text of texts) ours.set(text, sent);
    this.#ours.set(request, ours);
  }
}

function finder(memories: readonly ThreadMemory[]): (key: string | undefined) => Mark | undefined {
  return (key) => {
    if (key === undefined) return undefined;
    for (const { marks } of memories) {
      const mark = marks.get(key);
      if (mark !== undefined) return mark;
    }
    return undefined;
  };
}

function hasCalls({ marks }: ThreadMemory): boolean {
  for (const key of marks.keys()) if (isCallKey(key)) return true;
  return false;
}

/** From the last item to the first, so that the places of those before stay what they are. */
function splice(draft: RequestDraft, marks: Marks, compaction: number): void {
  for (let index = marks.length - 1; index >= 0; index -= 1) {
    const mark = marks[index];
    if (mark === undefined) continue;
    // What was hidden before a compaction is in its summary.
    const behind = index > compaction ? mark.behind : [];
    if (mark.instead !== undefined) draft.spliceItems(index, 1, [...mark.instead, ...behind]);
    else if (behind.length > 0) draft.spliceItems(index + 1, 0, behind);
  }
}

/** Where the summary of a compaction stands, if something hidden makes that matter; -1 for nowhere. */
function lastCompaction(items: RequestItems, marks: Marks): number {
  if (marks.every((mark) => mark === undefined || mark.behind.length === 0)) return -1;
  for (let index = items.length - 1; index >= 0; index -= 1) {
    const type = items.type(index);
    if (type === "compaction" || type === "context_compaction") return index;
  }
  return -1;
}

/** The ghost that the request ends with: then it asks for nothing that upstream could answer. */
function lastGhost(items: RequestItems, marks: Marks): Ghost | undefined {
  for (let index = items.length - 1; index >= 0; index -= 1) {
    if (items.type(index) !== "configuration_update") return marks[index]?.ghost;
  }
  return undefined;
}

function answerAgain(wire: Wire, { part, id, text }: Ghost): Reply {
  if (part === "command") return say(wire, text, id);
  // The client has the answer and only missed its end.
  const response = { id: wire === "ws" ? "" : `resp_${id}` };
  return reply(wire, [
    { type: "response.created", response },
    { type: "response.completed", response },
  ]);
}

/** Goes on from the last id that upstream knows, with what it has missed since. */
function cross(request: RequestBody, previous: string, memories: readonly ThreadMemory[]): void {
  const owed: string[] = [];
  const find = (id: string) => memories.find(({ bridges }) => bridges.has(id))?.bridges.get(id);
  let real: string | undefined = previous;
  for (let bridge = find(previous); bridge !== undefined; bridge = real === undefined ? undefined : find(real)) {
    owed.unshift(...bridge.owed);
    real = bridge.real;
  }
  if (real === previous) return;
  const input = request.field("input");
  request.edit((draft) => {
    if (real === undefined) draft.remove("previous_response_id");
    else draft.set("previous_response_id", real);
    if (owed.length === 0) return;
    if (typeof input === "string") draft.set("input", [{ type: "message", role: "user", content: input }]);
    draft.spliceItems(0, 0, owed);
  });
}
