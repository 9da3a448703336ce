/** A conversation of many turns in which everything goes wrong that can: what is done to it, and what has to hold. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createLogger } from "../../src/log.ts";
import { Continuity } from "../../src/sessions/continuity/index.ts";
import type { Shelf } from "../../src/sessions/continuity/shelf.ts";
import { continuity } from "../../src/stages/continuity.ts";
import type { Item } from "../../src/testing/events.ts";
import type { Stage } from "../../src/turn.ts";
import { type Entry, type Habits, Thread, unique, without } from "./client.ts";
import { type Features, features, items, responseId } from "./features.ts";
import type { Answered, Line } from "./line.ts";

/** How a turn's connection fares: well, cut before or behind the first item, left by the person, or steered. */
const FATES = ["well", "well", "well", "cut before", "cut behind", "esc"] as const;
const PROMPTS = [
  "hello",
  "run it",
  "use the tool",
  "//ghost a",
  "//ghost a",
  "//ghost b",
  "//rewrite a",
  "//rewrite b",
  "//rewrite tool",
];

const TROUBLES = [
  "reconnect",
  "restart",
  "kill",
  "resume",
  "fork",
  "back",
  "subagent",
  "compact",
  "summarize",
  "switch",
  "rollback",
  "toggle",
] as const;

interface Prompt {
  readonly do: "prompt";
  readonly text: string;
  readonly fate: (typeof FATES)[number];
  readonly context: boolean;
}
interface Trouble {
  readonly do: "rest" | (typeof TROUBLES)[number];
}
export type Step = Prompt | Trouble;

const prompt = fc.record<Prompt>({
  do: fc.constant("prompt"),
  text: fc.constantFrom(...PROMPTS),
  fate: fc.constantFrom(...FATES),
  context: fc.boolean(),
});

/** About fifty turns. A step that a failure does not need shrinks to a rest. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { withCrossShrink: true },
    { weight: 1, arbitrary: fc.constant<Step>({ do: "rest" }) },
    { weight: 24, arbitrary: prompt },
    { weight: 12, arbitrary: fc.record<Trouble>({ do: fc.constantFrom(...TROUBLES) }) },
  ),
  { minLength: 75, maxLength: 75, size: "max" },
);

export class Story {
  readonly #line: Line;
  readonly #shelf: () => Shelf;
  readonly #opened: Continuity[] = [];
  #store: Continuity;
  readonly #features: Features;
  #thread: Thread;
  readonly #others: Thread[] = [];

  /** @param shelf opens the same shelf again and again, as a restarted process does */
  constructor(habits: Habits, line: Line, shelf: () => Shelf) {
    this.#line = line;
    this.#shelf = shelf;
    this.#store = this.#open();
    this.#features = features(() => this.#store);
    this.#thread = new Thread(habits, `thread-${unique()}`, []);
    this.#begin();
  }

  async play(all: readonly Step[]): Promise<void> {
    await this.#start();
    for (const step of all) await this.#step(step);
  }

  close(): void {
    for (const store of this.#opened) store.close();
  }

  async #start(): Promise<void> {
    const stages: Stage[] = [continuity(this.#store), this.#features.stage];
    await this.#line.start(stages);
  }

  #open(): Continuity {
    const store = new Continuity(this.#shelf(), createLogger("silent"));
    this.#opened.push(store);
    return store;
  }

  #begin(): void {
    const thread = this.#thread;
    thread.add(thread.message("developer", "You are Codex."));
    thread.add(thread.message("user", "# AGENTS.md instructions"));
  }

  async #step(step: Step): Promise<void> {
    const thread = this.#thread;
    switch (step.do) {
      case "prompt":
        return this.#turn(step);
      case "rest":
        return;
      case "reconnect":
        return thread.reconnect();
      case "kill":
        // The old process leaves everything as it is.
        this.#store = this.#open();
        thread.reconnect();
        return this.#start();
      case "restart":
        this.#opened.pop()?.close();
        this.#store = this.#open();
        thread.reconnect();
        return this.#start();
      case "resume":
        thread.reconnect();
        return this.#prewarm();
      case "switch":
        thread.habits.wire = thread.habits.wire === "ws" ? "sse" : "ws";
        return thread.reconnect();
      case "fork": {
        if (!thread.started) return;
        this.#others.push(thread);
        const lineage = { forked: thread.id };
        this.#thread = new Thread(thread.habits, `thread-${unique()}`, thread.history, lineage);
        return this.#prewarm();
      }
      case "back": {
        // Over HTTP a fork is not heard of before its first request; without ids that is when it parts from its parent.
        if (!thread.started) return;
        const other = this.#others.shift();
        if (other === undefined) return;
        this.#others.push(thread);
        this.#thread = other;
        return other.reconnect();
      }
      case "subagent":
        return this.#subagent();
      case "compact":
        return this.#compact();
      case "summarize":
        return this.#summarize();
      case "rollback":
        return this.#rollback();
      case "toggle":
        this.#features.on = !this.#features.on;
        return;
    }
  }

  async #prewarm(): Promise<void> {
    const thread = this.#thread;
    if (thread.habits.wire !== "ws") return;
    const request = { ...thread.request("", "prewarm"), input: [], generate: false };
    const { events } = await this.#send(thread, request);
    thread.prewarmed(responseId(events));
  }

  async #turn({ text, fate, context }: Prompt): Promise<void> {
    const thread = this.#thread;
    const turn = `turn-${unique()}`;
    if (context) thread.add(thread.message("developer", `context ${unique()}`));
    const prompt = thread.add(thread.message("user", text));
    this.#features.did = undefined;
    let trouble: string = fate;
    for (let trips = 0; trips < 6; trips += 1) {
      const answered = await this.#send(thread, thread.request(turn, "turn"));
      this.#learn(prompt);
      if (!answered.local) this.#check(thread);
      else assert.ok(prompt.up.length === 0, "only a ghost is answered here");
      const all = items(answered.events);
      if (trouble === "esc") {
        thread.reconnect();
        thread.add(thread.message("developer", "<turn_aborted>"));
        return;
      }
      if (trouble !== "well") {
        thread.reconnect();
        if (trouble === "cut behind" && all[0] !== undefined) this.#got(thread, prompt, all[0], answered);
        trouble = "well";
        continue;
      }
      for (const item of all) this.#got(thread, prompt, item, answered);
      thread.completed(responseId(answered.events));
      const call = all.find((item) => item.type === "function_call");
      if (call === undefined) return;
      thread.add({ type: "function_call_output", id: `fco_${unique()}`, call_id: call.call_id, output: "listed" });
    }
    assert.fail("the turn did not end");
  }

  /** An item that the client got: upstream has it as it made it, and nothing of one that was made here. */
  #got(thread: Thread, prompt: Entry, item: Item, { local }: Answered): void {
    const entry = thread.add(item);
    if (!local) return;
    entry.up = [];
    const { answer } = this.#features.did ?? {};
    assert.deepEqual(item.content, [{ type: "output_text", text: answer }]);
    assert.deepEqual(prompt.up, []);
  }

  #learn(prompt: Entry): void {
    const { answer, instead, behind } = this.#features.did ?? {};
    if (answer !== undefined) prompt.up = [];
    if (instead !== undefined) prompt.up = instead;
    if (behind !== undefined) prompt.behind = behind;
  }

  async #subagent(): Promise<void> {
    if (!this.#thread.started) return;
    const { habits, id, history, lineage } = this.#thread;
    const session = lineage.session ?? id;
    const agent = new Thread(habits, `thread-${unique()}`, history, { parent: id, session });
    agent.add(agent.message("user", "look into it"));
    await this.#send(agent, agent.request(`turn-${unique()}`, "turn"));
    this.#check(agent);
  }

  /** The history is sent for a summary; what remains is the user's own messages and that (codex-wire 4.6). */
  async #compact(): Promise<void> {
    const thread = this.#thread;
    const trigger: Item = { type: "compaction_trigger" };
    const { events } = await this.#send(thread, thread.request(`turn-${unique()}`, "compaction", [trigger]));
    this.#check(thread, [trigger]);
    this.#keepUserMessages();
    for (const item of items(events)) thread.add(item);
  }

  /** The same as a provider of another name gets it: a prompt for a summary, which becomes a message of the user's. */
  async #summarize(): Promise<void> {
    const thread = this.#thread;
    const ask = without(thread.message("user", "Write a summary"));
    await this.#send(thread, thread.request(`turn-${unique()}`, "compaction", [ask]));
    this.#check(thread, [ask]);
    this.#keepUserMessages();
    thread.add(thread.message("user", `Another model's summary ${unique()}`));
  }

  #keepUserMessages(): void {
    const thread = this.#thread;
    const kept = thread.history.filter(({ item }) => item.role === "user" && !isContext(item));
    thread.history = [];
    thread.window += 1;
    this.#begin();
    thread.history.push(...kept);
    thread.rewound();
  }

  /** The person takes the last prompt back, with all that came of it. */
  #rollback(): void {
    const thread = this.#thread;
    const last = thread.history.findLastIndex(({ item }) => item.role === "user" && !isContext(item));
    if (last < 0 || thread.history.slice(last).some(({ item }) => item.type === "compaction")) return;
    thread.history.length = last;
    thread.rewound();
  }

  #send(thread: Thread, request: Readonly<Record<string, unknown>>): Promise<Answered> {
    if (thread.habits.wire === "sse") thread.socket = {};
    return this.#line.send(thread, request);
  }

  #check(thread: Thread, extra: readonly Item[] = []): void {
    const sight = this.#line.sights.at(-1);
    assert.ok(sight !== undefined, "upstream was asked");
    const { ids } = thread.habits;
    const seen = sight.history.map((item) => JSON.stringify(ids ? item : without(item)));
    const plain = (text: string): string => (ids ? text : JSON.stringify(without(JSON.parse(text))));
    assert.deepEqual(seen, thread.truth(extra).map(plain), "upstream sees the one true history");
    if (sight.input === undefined || extra.length > 0) return;
    const before = thread.grow(sight.input);
    assert.ok(sight.input.startsWith(before), "a full request begins with all of the one before");
  }
}

function isContext(item: Item): boolean {
  return JSON.stringify(item.content).includes("# AGENTS.md");
}
