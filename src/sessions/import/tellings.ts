/** In which order a thread's legs and items are told to the store, so that it keeps them in the order they were said in. */
import type { SessionItem, SessionLeg, SessionThread, SessionTurn } from "../export/document.ts";

/** One time that the store is told of a leg, with all that had been said in it by then. */
export interface Telling {
  readonly leg: SessionLeg;
  /** Codex's own id. */
  readonly turn?: string | undefined;
  readonly begins: boolean;
  readonly limits?: SessionTurn["limits"];
  readonly asked: readonly SessionItem[];
  readonly answered: readonly SessionItem[];
}

/** A time that the store is told of calls that the wire does not show, each with its output. */
export interface CallsTelling {
  readonly calls: readonly SessionItem[];
  /** The leg that they stand in; undefined for those that wait for a turn. */
  readonly leg: SessionLeg | undefined;
}

/** Items of a leg that stand together. */
interface Run {
  /** Its index among the turn's. */
  readonly leg: number;
  /** Whether they are calls that the wire does not show. */
  readonly calls: boolean;
  readonly items: SessionItem[];
}

const CALLS: ReadonlySet<string> = new Set(["mcp_tool_call", "mcp_tool_call_output"]);

export function* tellings({ id, turns, waiting }: SessionThread): Generator<Telling | CallsTelling> {
  for (const turn of turns) yield* turnTellings(id, turn);
  // A turn takes what waits when it begins, so these came after the last.
  yield* prewarms(
    id,
    waiting.filter((item) => !isCall(item)),
  );
  const calls = waiting.filter(isCall);
  if (calls.length > 0) yield { calls, leg: undefined };
}

function isCall({ type }: SessionItem): boolean {
  return CALLS.has(type);
}

function* turnTellings(thread: string, turn: SessionTurn): Generator<Telling | CallsTelling> {
  const legs = turn.legs.length > 0 ? turn.legs : [onlyLeg(thread, turn)];
  const first = turn.items.findIndex((item) => item.leg !== undefined || isCall(item));
  const head = turn.legs.length === 0 ? 0 : first < 0 ? turn.items.length : first;
  yield* prewarms(thread, turn.items.slice(0, head));

  const said = legs.map((): SessionItem[] => []);
  const told = new Set<number>();
  const runs = inLegOrder(runsOf(turn.items.slice(head), legs.length), legs.length);
  for (const [at, { leg: index, calls, items }] of runs.entries()) {
    const leg = legs[index];
    if (leg === undefined) continue;
    if (calls && told.has(index)) {
      yield { calls: items, leg };
      continue;
    }
    told.add(index);
    if (!calls) said[index]?.push(...items);
    const last = index === legs.length - 1;
    yield {
      leg,
      turn: turn.id,
      begins: turn.id === undefined && at === 0,
      limits: last ? turn.limits : undefined,
      ...parted(said[index] ?? [], leg),
    };
    if (calls) yield { calls: items, leg };
  }
}

/** Items that came with a socket's prewarm, of which nothing but the time is known. */
function* prewarms(thread: string, items: readonly SessionItem[]): Generator<Telling> {
  for (const [at, group] of Map.groupBy(items, (item) => item.at)) {
    const leg: SessionLeg = {
      key: `${thread} ${at}`,
      kind: "warmup",
      wire: "ws",
      started: at,
      state: "completed",
      local: false,
      dropped: false,
    };
    yield { leg, begins: false, ...parted(group, leg) };
  }
}

/** The request of a turn that tells of none. */
function onlyLeg(thread: string, turn: SessionTurn): SessionLeg {
  const { kind, trigger, model, effort, started, firstByteMs, ms, state, local, usage, error, position } = turn;
  const facts = { kind, trigger, model, effort, started, firstByteMs, ms, state, local, usage, error };
  return { ...facts, key: `${thread} ${position}`, wire: "json", dropped: false };
}

/** An item whose leg is not told of goes with the one before. */
function runsOf(items: readonly SessionItem[], legs: number): Run[] {
  const runs: Run[] = [];
  for (const item of items) {
    const last = runs.at(-1);
    const leg = item.leg !== undefined && item.leg < legs ? item.leg : (last?.leg ?? 0);
    const calls = isCall(item);
    if (last?.leg === leg && last.calls === calls) last.items.push(item);
    else runs.push({ leg, calls, items: [item] });
  }
  return runs;
}

/** The runs, and among them the legs in which nothing was said. */
function inLegOrder(runs: readonly Run[], legs: number): Run[] {
  const speaking = new Set(runs.map(({ leg }) => leg));
  const silent = Array.from({ length: legs }, (_, leg) => leg).filter((leg) => !speaking.has(leg));
  const all: Run[] = [];
  for (const run of runs) {
    while ((silent[0] ?? legs) < run.leg) all.push({ leg: silent.shift() ?? 0, calls: false, items: [] });
    all.push(run);
  }
  return [...all, ...silent.map((leg) => ({ leg, calls: false, items: [] }))];
}

/** What the client said, and then the answer. In a history from before anybody listened there are answers too. */
function parted(items: readonly SessionItem[], { started, ms }: SessionLeg): Pick<Telling, "asked" | "answered"> {
  const lasted = Math.round(ms ?? 0) > 0;
  const end = items.findLastIndex(({ out, at }) => !out || (lasted && at === started)) + 1;
  return { asked: items.slice(0, end), answered: items.slice(end) };
}
