/** Conversations as they may come off the wire, generated: legs for a writer. */
import * as fc from "fast-check";
import type { Item } from "../../../src/protocol/request.ts";
import type { ItemFacts, Leg, LegState, ThreadFacts } from "../../../src/sessions/ledger.ts";
import { itemFacts } from "../../../src/sessions/recorder/digest/item.ts";

/** Any text but half a surrogate pair, which SQLite cannot keep. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }).map((each) => each.toWellFormed().replaceAll("\0", "")),
  fc.constantFrom("yes", "go on", "</script><b>", "```\ncode\n```", "codex-plus:blob/nothing"),
);

const picture = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => ({
  type: "input_image",
  image_url: `data:image/png;base64,${Buffer.from(bytes).toString("base64")}`,
}));

const message = (role: string, part: string) =>
  fc
    .record({ texts: fc.array(text, { minLength: 1, maxLength: 2 }), pictures: fc.array(picture, { maxLength: 1 }) })
    .map(
      ({ texts, pictures }): Item => ({
        type: "message",
        role,
        content: [...texts.map((each) => ({ type: part, text: each })), ...(role === "user" ? pictures : [])],
      }),
    );

const prompt = message("user", "input_text");
const context = message("developer", "input_text");
const answer = message("assistant", "output_text");
const reasoning = text.map(
  (each): Item => ({
    type: "reasoning",
    summary: [{ type: "summary_text", text: each }],
    encrypted_content: `gAAAA${each}`,
  }),
);
const call = fc
  .record({ name: fc.constantFrom("exec_command", "exec"), said: text })
  .map(
    ({ name, said }): Item =>
      name === "exec"
        ? { type: "custom_tool_call", name, input: said }
        : { type: "function_call", name, arguments: JSON.stringify({ cmd: said }) },
  );

const round = fc.record({
  asks: fc.array(context, { maxLength: 2 }),
  answers: fc.array(fc.oneof(answer, reasoning), { maxLength: 2 }),
  calls: fc.array(fc.record({ call, output: text }), { maxLength: 2 }),
  ms: fc.option(
    fc.integer({ min: 0, max: 5000 }).map((ms) => ms / 4),
    { nil: undefined },
  ),
  usage: fc.option(fc.record({ input: fc.nat(), cached: fc.nat(), output: fc.nat(), reasoning: fc.nat() }), {
    nil: undefined,
  }),
  state: fc.constantFrom<LegState>("completed", "completed", "failed", "interrupted", "cut", "open", "incomplete"),
  error: fc.option(fc.record({ code: fc.constant("overloaded"), message: text }), { nil: undefined }),
  sent: fc.boolean(),
  partial: fc.boolean(),
});

const turn = fc.record({
  prompt: fc.option(prompt, { nil: undefined }),
  named: fc.boolean(),
  prewarm: fc.boolean(),
  rounds: fc.array(round, { minLength: 1, maxLength: 3 }),
  limits: fc.boolean(),
});

const talk = (most: number) => fc.array(turn, { minLength: 1, maxLength: most });

/** A conversation with a fork, a sub-agent and a request for its title: legs in the order in which they are told. */
export const session: fc.Arbitrary<{ readonly legs: readonly Leg[]; readonly threads: readonly string[] }> = fc
  .record({
    ids: fc.boolean(),
    whole: fc.boolean(),
    title: text.map((each) => `About ${each}`),
    main: talk(3),
    fork: fc.option(talk(2), { nil: undefined }),
    agent: fc.option(talk(2), { nil: undefined }),
    agentForks: fc.boolean(),
  })
  .map(({ ids, whole, title, main, fork, agent, agentForks }) => {
    // Without ids and on a socket that tells only what is new, nobody could know what a fork inherits.
    const wire = new Wire(ids, whole || !ids);
    const about = (id: string, more: Partial<ThreadFacts> = {}): ThreadFacts => ({
      id,
      kind: "user",
      root: id,
      client: "codex_exec",
      cwd: "/home/ada/engine",
      model: "gpt-5",
      source: "wire",
      ...more,
    });
    const below = { root: "main", parent: "main" } as const;
    const history = wire.talk(about("main"), main, []);
    wire.talk(about("name", { ...below, kind: "title" }), main.slice(0, 1), [], { thread: "main", title });
    if (agent !== undefined) {
      const more = { ...below, kind: "subagent", agent: "/root/tests" } as const;
      wire.talk(about("agent", agentForks ? { ...more, forkedFrom: "main" } : more), agent, agentForks ? history : []);
    }
    if (fork !== undefined) wire.talk(about("fork", { forkedFrom: "main" }), fork, history);
    wire.talk(about("main"), main.slice(0, 1), history);
    return { legs: wire.legs, threads: fork === undefined ? ["main"] : ["main", "fork"] };
  });

type Turn = typeof turn extends fc.Arbitrary<infer Value> ? Value : never;
type Round = typeof round extends fc.Arbitrary<infer Value> ? Value : never;

class Wire {
  readonly legs: Leg[] = [];
  readonly #ids: boolean;
  readonly #whole: boolean;
  #count = 0;
  #now = 1_795_000_000_000;

  constructor(ids: boolean, whole: boolean) {
    this.#ids = ids;
    this.#whole = whole;
  }

  /** @returns all that was said in it, and before */
  talk(
    thread: ThreadFacts,
    turns: readonly Turn[],
    before: readonly ItemFacts[],
    names?: Leg["names"],
  ): readonly ItemFacts[] {
    let history = before;
    for (const turn of turns) {
      // Those who prewarm a socket name their items.
      if (turn.prewarm && this.#ids) history = this.#prewarm(thread, turn, history);
      const id = turn.named ? this.#next("turn") : undefined;
      let waiting = turn.prompt === undefined ? [] : [this.#facts(turn.prompt)];
      for (const [at, round] of turn.rounds.entries()) {
        const asked = [...round.asks.map((item) => this.#facts(item)), ...waiting];
        const answered = round.answers.map((item) => this.#facts(item, round.partial));
        waiting = [];
        for (const { call, output } of round.calls) {
          const callId = this.#next("call");
          answered.push(this.#facts({ ...call, call_id: callId }));
          waiting.push(this.#facts({ type: `${call.type}_output`, call_id: callId, output }));
        }
        const last = at === turn.rounds.length - 1;
        this.#leg(thread, { turn, round, id, names, begins: at === 0, last, history, asked, answered });
        history = [...history, ...asked, ...answered];
      }
    }
    return history;
  }

  #prewarm(thread: ThreadFacts, turn: Turn, history: readonly ItemFacts[]): readonly ItemFacts[] {
    const asked = turn.rounds.flatMap(({ asks }) => asks).map((item) => this.#facts(item));
    const started = this.#tick();
    const state = { kind: "warmup", state: "completed", local: false, dropped: false, whole: true } as const;
    this.legs.push({
      ...state,
      key: this.#next("leg"),
      thread,
      begins: false,
      wire: "ws",
      started,
      ms: 3,
      asked: [...history, ...asked],
      answered: [],
    });
    return [...history, ...asked];
  }

  #leg(
    thread: ThreadFacts,
    told: {
      readonly turn: Turn;
      readonly round: Round;
      readonly id: string | undefined;
      readonly names: Leg["names"];
      readonly begins: boolean;
      readonly last: boolean;
      readonly history: readonly ItemFacts[];
      readonly asked: readonly ItemFacts[];
      readonly answered: readonly ItemFacts[];
    },
  ): void {
    const { turn, round, id, names, begins, last, history, asked, answered } = told;
    const { ms, usage, state, error, sent } = round;
    const went = asked.map((item): ItemFacts => (sent ? { ...item, sent: `[${item.body}]` } : item));
    const leg: Leg = {
      key: this.#next("leg"),
      thread,
      turn: id,
      begins: begins && id === undefined,
      trigger: "user",
      kind: "turn",
      wire: "sse",
      model: "gpt-5",
      started: this.#tick(),
      firstByteMs: 1.5,
      ms,
      state,
      local: false,
      dropped: false,
      usage,
      error,
      limits: last && turn.limits ? [{ name: "primary", usedPercent: 12.5, resetsAt: 1_795_000_900 }] : undefined,
      asked: this.#whole ? [...history, ...went] : went,
      whole: this.#whole,
      answered,
      names,
    };
    this.legs.push({ ...leg, state: "open", ms: undefined, answered: [] }, leg);
  }

  #facts(item: Item, partial = false): ItemFacts {
    const named = this.#ids ? { ...item, id: this.#next("item") } : item;
    return itemFacts(named, { blobBytes: 15, partial, json: JSON.stringify(named) });
  }

  #next(what: string): string {
    this.#count += 1;
    return `${what}_${this.#count}`;
  }

  #tick(): number {
    this.#now += 10_000;
    return this.#now;
  }
}
