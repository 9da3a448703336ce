/** A client that talks as Codex does, on either wire, and remembers what has to be found of it afterwards. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { WebSocket } from "ws";
import { outputItems, requestFields } from "../../src/testing/client/request.ts";
import type { Item, WireEvent } from "../../src/testing/index.ts";
import type { Wire } from "../../src/turn.ts";

/** A turn as the client has it. */
export interface Told {
  readonly thread: string;
  readonly turn: string;
  readonly wire: Wire;
  /** All items that came with it, in order: the prompt, what the model said, what the tools did. */
  readonly items: readonly Item[];
  readonly requests: number;
  /** When its last event had arrived, in ms since 1970. */
  readonly ended: number;
}

const TERMINAL = /^(response\.(completed|failed|incomplete)|error)$/;

/** One conversation. */
export class Talker {
  readonly wire: Wire;
  readonly thread = randomUUID();
  /** The ids of all turns it has begun. */
  readonly turns = new Set<string>();
  readonly #history: Item[] = [];
  /** The turn that is under way, until it has ended: after a break it is asked for again, as Codex does. */
  #turn: { readonly id: string; readonly from: number; requests: number } | undefined;
  #socket: WebSocket | undefined;
  /** What the socket goes on from: the response, and how much of the history it knows. */
  #known: { readonly id: string; readonly items: number } | undefined;

  constructor(wire: Wire) {
    this.wire = wire;
  }

  /**
   * Says something and hears the answer out, tools included; or goes on with what was broken off before.
   * @param url of the proxy
   * @throws Error when the connection breaks
   */
  async turn(url: string, prompt: string): Promise<Told> {
    if (this.#turn === undefined) {
      const id = randomUUID();
      this.#turn = { id, from: this.#history.length, requests: 0 };
      this.turns.add(id);
      if (this.turns.size === 1) this.#history.push(...context(id));
      this.#history.push(message("user", prompt, "user.text", id));
    }
    const turn = this.#turn;
    for (let done = false; !done; ) {
      turn.requests += 1;
      const events = await (this.wire === "sse" ? this.#post(url, turn.id) : this.#send(url, turn.id));
      const last = events.at(-1);
      if (last?.type !== "response.completed") throw new Error(`ended with ${JSON.stringify(last)}`);
      const said = outputItems(events);
      this.#history.push(...said);
      const { id } = last.response as { id: string };
      this.#known = { id, items: this.#history.length };
      const calls = said.filter(({ type }) => type === "function_call");
      for (const { call_id, arguments: input } of calls) this.#history.push(output(String(call_id), `did ${input}`));
      done = calls.length === 0;
    }
    this.#turn = undefined;
    const items = this.#history.slice(turn.from);
    const { thread, wire } = this;
    return { thread, turn: turn.id, wire, items, requests: turn.requests, ended: Date.now() };
  }

  hangUp(): void {
    this.#socket?.terminate();
    this.#socket = undefined;
    this.#known = undefined;
  }

  #request(turn: string): Record<string, unknown> {
    const metadata = {
      thread_id: this.thread,
      session_id: this.thread,
      turn_id: turn,
      request_kind: "turn",
      thread_source: "user",
      turn_trigger: "exec",
    };
    const client_metadata = { "x-codex-turn-metadata": JSON.stringify(metadata) };
    return { ...requestFields(), prompt_cache_key: this.thread, client_metadata };
  }

  async #post(url: string, turn: string): Promise<WireEvent[]> {
    const response = await fetch(`${url}/responses`, {
      method: "POST",
      headers: { ...this.#headers(), "content-type": "application/json" },
      body: JSON.stringify({ ...this.#request(turn), input: this.#history }),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
    return text
      .split("\n")
      .filter((line) => line.startsWith("data:"))
      .map((line) => JSON.parse(line.slice(5)));
  }

  async #send(url: string, turn: string): Promise<WireEvent[]> {
    if (this.#socket?.readyState !== WebSocket.OPEN) {
      this.hangUp();
      this.#socket = new WebSocket(`${url.replace(/^http/, "ws")}/responses`, { headers: this.#headers() });
      await once(this.#socket, "open");
      // What breaks it closes it too.
      this.#socket.on("error", () => undefined);
    }
    const socket = this.#socket;
    const { id, items = 0 } = this.#known ?? {};
    const link = id === undefined ? {} : { previous_response_id: id };
    const request = { type: "response.create", ...this.#request(turn), ...link, input: this.#history.slice(items) };
    const events: WireEvent[] = [];
    await new Promise<void>((resolve, reject) => {
      const closed = () => reject(new Error("the socket was closed"));
      const heard = (data: Buffer) => {
        const event: WireEvent = JSON.parse(data.toString());
        events.push(event);
        if (!TERMINAL.test(event.type)) return;
        socket.off("message", heard).off("close", closed);
        resolve();
      };
      socket.on("message", heard).on("close", closed);
      socket.send(JSON.stringify(request));
    });
    return events;
  }

  #headers(): Record<string, string> {
    return {
      authorization: "Bearer sk-test",
      "openai-beta": "responses_websockets=2026-02-06",
      originator: "codex_exec",
      "user-agent": "codex_exec/0.169.0 (Debian) xterm",
      "session-id": this.thread,
      "thread-id": this.thread,
    };
  }
}

/** What Codex says before the first prompt. */
function context(turn: string): Item[] {
  return [
    message("developer", "You are Codex.", "model.base_instructions", turn),
    message("user", "<environment_context/>", "environments.environment_context", turn),
  ];
}

function message(role: string, text: string, kind: string, turn: string): Item {
  const labels = { turn_id: turn, content_item_kinds: [kind] };
  const content = [{ type: "input_text", text }];
  return {
    type: "message",
    id: `msg_${randomUUID()}`,
    role,
    content,
    internal_chat_message_metadata_passthrough: labels,
  };
}

function output(callId: string, text: string): Item {
  return { type: "function_call_output", id: `fco_${randomUUID()}`, call_id: callId, output: text };
}
