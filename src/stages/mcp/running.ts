/** The calls of one answer: each made as soon as it is whole, all at once, until they are over or nobody waits for them. */
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import type { NamedTool } from "../../mcp/mcp.ts";
import type { Item } from "../../protocol/request.ts";
import { type Call, outputOf } from "../legs/call.ts";
import type { Taken } from "../legs/leg.ts";
import type { Budget } from "./budget.ts";
import { outputOfResult } from "./result.ts";

type Input = Readonly<Record<string, unknown>>;

/** Makes one call. Throws for an abort only. */
export type Make = (tool: NamedTool, input: Input, callId: string, signal: AbortSignal) => Promise<CallToolResult>;

const LEFT = "The call was broken off before it had answered. What it has done by then is not known.";

export class Running {
  readonly #make: Make;
  readonly #budget: Budget;
  readonly #stop = new AbortController();
  readonly #all: Promise<void>[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Whether the time for tools ran out while they did. */
  #late = false;

  /** @param left aborts when the client has gone */
  constructor(make: Make, budget: Budget, left: AbortSignal) {
    this.#make = make;
    this.#budget = budget;
    if (left.aborted) this.#stop.abort();
    else left.addEventListener("abort", () => this.#stop.abort(), { once: true, signal: this.#stop.signal });
  }

  /** Begins a call; its answer stands in `taken` when it is over. */
  begin(taken: Taken, tool: NamedTool): void {
    const answer = (output: string | readonly object[]): void => {
      taken.answers = [outputOf(taken.call, output)];
    };
    const input = inputOf(taken.call);
    const refusal = this.#budget.call();
    if (refusal !== undefined) answer(`The call was not made: ${refusal}. Answer with what you know.`);
    else if (taken.call.status === "incomplete") answer("The call was not made: it has not come whole.");
    else if (input === undefined) answer("The call was not made: its arguments are no JSON object.");
    else this.#run(input, taken.call, tool, answer);
  }

  #run(
    input: Input,
    { call_id: id }: Call,
    tool: NamedTool,
    answer: (output: string | readonly object[]) => void,
  ): void {
    this.#clock();
    // What stands there until it has answered, and for ever if it does not.
    answer(LEFT);
    const { signal } = this.#stop;
    const made = this.#make(tool, input, id, signal).then(
      (result) => answer(outputOfResult(result)),
      (error: unknown) => {
        if (this.#late) answer(`The call was broken off: ${this.#budget.late}.`);
        else if (!signal.aborted) answer(`The call failed: ${error instanceof Error ? error.message : String(error)}`);
      },
    );
    this.#all.push(Promise.race([made, aborted(signal)]));
  }

  /** Settles when every call has answered, the time for tools is over, or the client has left. */
  async over(): Promise<void> {
    await Promise.all(this.#all);
    this.#end();
  }

  /** Nobody wants the answers any more. */
  abandon(): void {
    this.#stop.abort();
    this.#end();
  }

  #clock(): void {
    if (this.#timer !== undefined) return;
    this.#budget.begin();
    this.#timer = setTimeout(() => {
      this.#late = true;
      this.#budget.spent = true;
      this.#stop.abort();
    }, this.#budget.left);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#budget.end();
  }
}

/** Undefined for what is no JSON object; no arguments at all are none. */
function inputOf({ arguments: text }: Item): Input | undefined {
  if (text === undefined || text === "") return {};
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** A call that does not stop when it is told to is not waited for. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    // Behind those who stop.
    else signal.addEventListener("abort", () => setImmediate(resolve), { once: true });
  });
}
