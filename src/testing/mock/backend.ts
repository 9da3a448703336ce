/** What the two wires share: who answers, what is recorded, what is refused. */
import type { Item } from "../events.ts";
import { type Ids, readAsk } from "./ask.ts";
import { type Chain, judge } from "./history.ts";
import { aside, firstOf } from "./model.ts";
import type { Recording, SeenRequest, SeenTurn, TurnEnd } from "./record.ts";
import { type Answer, type Ask, failure, type Model, type Reply } from "./script.ts";
import { type Limits, strayTurnState } from "./usual.ts";

/** A request that was understood, and what to answer. */
export interface Heard {
  readonly ask: Ask;
  readonly answer: Answer;
  readonly turn: SeenTurn;
}

export class Backend {
  readonly record: Recording;
  readonly limits: Limits;
  readonly #ids: Ids;
  readonly #script: (Reply | Model)[] = [];
  /** Answers what no script answers. */
  model: Model;
  /** Asked first, for turns of every kind. */
  answer: Model = () => undefined;

  constructor(record: Recording, ids: Ids, model: Model, limits: Limits) {
    this.record = record;
    this.#ids = ids;
    this.model = model;
    this.limits = limits;
  }

  /** Replies for the next turns of a person, in order. */
  script(...replies: (Reply | Model)[]): void {
    this.#script.push(...replies);
  }

  /** Judges a request and finds its answer. A refusal is an answer too, and is recorded as a violation. */
  async hear(request: SeenRequest, wire: Ask["wire"], received: Buffer, body: Json, chain?: Chain): Promise<Heard> {
    const verdict = judge(wire, body, chain);
    const history: readonly Item[] = verdict.ok ? verdict.history : [];
    const ask = readAsk(wire, body, history, this.#ids(), fieldOf(request, "x-codex-turn-metadata"));
    const turn: SeenTurn = { wire, kind: ask.kind, request, received, json: body, sent: [], end: undefined };
    this.record.turns.push(turn);
    this.record.changed();
    if (!verdict.ok) {
      const { code, message } = verdict.refusal;
      turn.end = "refused";
      this.record.violation(`${wire}: ${message}`);
      return { ask, turn, answer: failure(400, { type: "invalid_request_error", code, message, param: null }) };
    }
    if (strayTurnState(ask, turnStateOf(wire, request, body))) {
      this.record.violation(`${wire}: the turn state of another turn`);
    }
    const reply = await firstOf(ask, this.answer, this.#next, aside, this.model);
    return { ask, turn, answer: "length" in reply ? { steps: reply } : reply };
  }

  /** Notes what was sent of a reply. */
  sent(turn: SeenTurn, bytes: Buffer): void {
    turn.sent.push(bytes);
    this.record.changed();
  }

  end(turn: SeenTurn, end: TurnEnd): void {
    turn.end ??= end;
    this.record.changed();
  }

  readonly #next: Model = (ask) => {
    if (ask.kind !== "main" && ask.kind !== "compact") return undefined;
    const reply = this.#script.shift();
    return typeof reply === "function" ? reply(ask) : reply;
  };
}

export type Json = Readonly<Record<string, unknown>>;

/** The value of a header, or undefined. @param name in lower case */
export function fieldOf(request: SeenRequest, name: string): string | undefined {
  const at = request.rawHeaders.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  return at < 0 ? undefined : request.rawHeaders[at + 1];
}

function turnStateOf(wire: Ask["wire"], request: SeenRequest, body: Json): string | undefined {
  if (wire === "sse") return fieldOf(request, "x-codex-turn-state");
  const metadata = body.client_metadata as Record<string, string> | undefined;
  return metadata?.["x-codex-turn-state"];
}
