/** Clients as they come, with what each of their conversations truly said: Codex, an older Codex without item ids, an SDK. */
import fc from "fast-check";
import type { ItemFacts, Leg } from "../../../src/sessions/ledger.ts";
import { assistant, call, context, leg, output, thread, user } from "./legs.ts";

const CLIENTS = ["codex", "socket", "old", "sdk"] as const;

/** What happens next, in one of the conversations. */
export interface Step {
  readonly who: number;
  readonly what: "prompt" | "tool" | "retry" | "compact" | "fork";
  readonly text: string;
}

export const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    who: fc.nat({ max: 7 }),
    what: fc.constantFrom("prompt", "prompt", "tool", "tool", "retry", "compact", "fork"),
    // Few words, so that they are said again and again.
    text: fc.constantFrom("go on", "yes", "a long story ".repeat(100)),
  }),
  { minLength: 1, maxLength: 30 },
);

interface Conversation {
  readonly id: string;
  readonly client: (typeof CLIENTS)[number];
  readonly forkedFrom?: string;
  history: ItemFacts[];
  turn: number;
  /** Whether it goes on from the last answer: a socket sends the rest only. */
  chained: boolean;
}

export interface Played {
  readonly legs: readonly Leg[];
  /** Turns of each thread, as `told` tells them. */
  readonly truth: ReadonlyMap<string, readonly (readonly string[])[]>;
}

/** Plays the steps. Every leg stands in it twice: open, and as it ended. */
export function play(steps: readonly Step[]): Played {
  const legs: Leg[] = [];
  const truth = new Map<string, string[][]>();
  const conversations: Conversation[] = CLIENTS.map((client, i) => ({
    id: client === "sdk" ? "" : `${client}-${i}`,
    client,
    history: [],
    turn: 0,
    chained: false,
  }));
  let ids = 0;
  const nextId = (kind: string): string => `${kind}_${ids++}`;

  const request = (
    who: Conversation,
    news: readonly ItemFacts[],
    answer: readonly ItemFacts[],
    { cut = false, kind = "turn" }: { cut?: boolean; kind?: Leg["kind"] } = {},
  ): void => {
    const { client, chained } = who;
    const key = nextId("leg");
    const named = client !== "sdk";
    const id = named ? who.id : `cp_${key}`;
    const sent = (items: readonly ItemFacts[]) =>
      items.map((item) => (client === "codex" || client === "socket" ? item : { ...item, id: undefined }));
    const whole = !(client === "socket" && chained);
    const asked = sent(whole ? [...who.history, ...news] : news);
    const open = leg(key, {
      thread: thread(id, { client, forkedFrom: who.forkedFrom, model: `m${legs.length}` }),
      turn: named ? `${who.id}/${who.turn}` : undefined,
      begins: !named && asked.at(-1)?.role === "user",
      kind,
      asked,
      whole,
      state: "open",
      started: 1000 * (legs.length + 1),
    });
    const ended: Leg = {
      ...open,
      state: cut ? "cut" : "completed",
      ms: 10,
      usage: { input: 1, cached: 0, output: 1, reasoning: 0 },
      answered: cut ? [] : answer,
    };
    legs.push(open, ended);
    if (cut) return;
    who.history.push(...news, ...answer);
    who.chained = true;
  };

  for (const { who: index, what, text } of steps) {
    const who = conversations[index % conversations.length] as Conversation;
    const first = who.history.length === 0;
    const called = who.history.at(-1)?.type === "function_call" ? who.history.at(-1)?.callId : undefined;
    // A fork of what the store has never heard of has its whole history for its own.
    if (what === "fork" && truth.has(who.id) && called === undefined && who.client !== "sdk") {
      const id = nextId("fork");
      conversations.push({ ...who, id, forkedFrom: who.id, history: [...who.history], turn: 0, chained: false });
      continue;
    }
    if (what === "compact" && !first && who.client !== "sdk") {
      // A turn of its own, as when a person asks for it.
      who.turn += 1;
      const summary = context(nextId("summary"), nextId("cmp"));
      const before = truth.get(who.id) ?? [];
      truth.set(who.id, [...before, ["context "]]);
      request(who, [], [summary], { kind: "compact" });
      who.history = [summary];
      who.chained = false;
      continue;
    }
    if (first && who.client === "sdk") truth.delete(who.id);
    const news: ItemFacts[] = [];
    if (first) news.push(context("rules", nextId("msg")), context("rules", nextId("msg")));
    if (called !== undefined) news.push(output(called, text, nextId("out")));
    else {
      who.turn += 1;
      // Only by its words is an SDK's conversation known.
      news.push(user(first ? `${who.client}: ${text}` : text, nextId("msg")));
    }
    const answer =
      what === "tool"
        ? [assistant("let me see", nextId("msg")), call(nextId("call"), "shell", nextId("fc"))]
        : [assistant(text, nextId("msg"))];
    if (what === "retry") {
      request(who, news, answer, { cut: true });
      who.chained = false;
    }
    request(who, news, answer);
    if (first && who.client === "sdk") {
      const begun = legs.findLast(({ state, asked }) => state === "open" && asked.length === news.length);
      const retried = what === "retry" ? legs.at(-4) : begun;
      (who as { id: string }).id = String(retried?.thread.id);
    }
    const turns = truth.get(who.id) ?? [];
    const said = [...news, ...answer].map(({ role, text: words }) => `${role} ${words}`);
    if (called === undefined) turns.push(said);
    else turns.at(-1)?.push(...said);
    truth.set(who.id, turns);
  }
  return { legs, truth };
}
