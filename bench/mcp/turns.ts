/** Turns against the mock upstream: those whose model calls a tool again and again, and those that want nothing. */
import { once } from "node:events";
import { WebSocket } from "ws";
import { ev, item } from "../../src/testing/events.ts";
import type { Ask, Model, Step } from "../../src/testing/index.ts";
import type { RunningProxy } from "./ways.ts";

export type Wire = "sse" | "ws";

/** Calls that the model makes in one turn; each is a leg. */
const CALLS = 40;
const GO = "call it";
const INLINE = { authorization: "Bearer sk-bench", "x-codex-plus-mcp": "inline" };

/** A model that takes the time from a call of its to the request that brings what came of it, in ms. */
export class Caller {
  readonly #gaps: number[] = [];
  #left = 0;
  #called = 0;

  readonly model: Model = (ask) => {
    const arrived = performance.now();
    if (ask.prompt !== GO) return undefined;
    if (this.#called > 0) this.#gaps.push(arrived - this.#called);
    this.#called = 0;
    this.#left -= 1;
    return { steps: this.#left < 0 ? this.#last(ask) : this.#call(ask) };
  };

  /** One turn of many calls. @returns the time each of its further legs took to come */
  async turn(proxy: RunningProxy, wire: Wire): Promise<number[]> {
    this.#gaps.length = 0;
    this.#left = CALLS;
    await (wire === "sse" ? post(proxy, GO) : frame(proxy, GO));
    if (this.#gaps.length !== CALLS) throw new Error(`${this.#gaps.length} of ${CALLS} calls were answered`);
    return [...this.#gaps];
  }

  async *#call({ id }: Ask): AsyncGenerator<Step> {
    yield ev.created(id.response);
    this.#called = performance.now();
    yield ev.done(item.call(id.call, "mcp__everything__echo", { message: "hello" }));
    yield ev.completed(id.response);
  }

  *#last({ id }: Ask): Generator<Step> {
    yield ev.created(id.response);
    yield ev.text(id.item, "done");
    yield ev.completed(id.response);
  }
}

/** A turn of a client that asks for no tools. */
export function plainTurn(proxy: RunningProxy): Promise<void> {
  return post(proxy, "hello", { authorization: INLINE.authorization });
}

function body(prompt: string): object {
  return { model: "gpt-5.5", stream: true, store: false, input: [{ type: "message", role: "user", content: prompt }] };
}

async function post(
  { url }: RunningProxy,
  prompt: string,
  headers: Readonly<Record<string, string>> = INLINE,
): Promise<void> {
  const response = await fetch(`${url}/responses`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body(prompt)),
  });
  const text = await response.text();
  if (!text.includes('"response.completed"')) throw new Error(`a turn has failed: ${text.slice(0, 500)}`);
}

async function frame({ url }: RunningProxy, prompt: string): Promise<void> {
  const headers = { ...INLINE, "openai-beta": "responses_websockets=2026-02-06" };
  const socket = new WebSocket(`${url.replace("http", "ws")}/responses`, { headers });
  await once(socket, "open");
  const over = new Promise<void>((resolve, reject) => {
    socket.on("close", () => reject(new Error("the WebSocket was closed")));
    socket.on("message", (data) => {
      const { type } = JSON.parse(String(data));
      if (type === "response.completed") resolve();
      else if (/failed|error|incomplete/.test(type)) reject(new Error(`a turn has failed: ${String(data)}`));
    });
  });
  socket.send(JSON.stringify({ type: "response.create", ...body(prompt) }));
  await over;
  socket.terminate();
}
