/** The backend behind the engine-level tests: it refuses what the real one refuses, and keeps what it was shown. */
import { ev, type Item, item, type WireEvent } from "../../src/testing/events.ts";
import { type Chain, judge } from "../../src/testing/mock/history.ts";

/** A socket's own memory; undefined over HTTP. */
export interface Socket {
  chain?: Chain | undefined;
}

/** A request as the model sees it. */
export interface Sight {
  readonly history: readonly Item[];
  /** The request's `input` as it came, byte for byte, when it named no earlier response. */
  readonly input: string | undefined;
}

export class Upstream {
  readonly sights: Sight[] = [];
  #count = 0;

  /** Answers one request. @throws Error for a request that the real backend would refuse */
  take(wire: "sse" | "ws", bytes: Buffer, socket: Socket): WireEvent[] {
    const body: Record<string, unknown> = JSON.parse(bytes.toString());
    const verdict = judge(wire, body, socket.chain);
    if (!verdict.ok) throw new Error(`upstream refuses: ${verdict.refusal.message}`);
    const { id, output, events } = this.reply(verdict.history, body, bytes.toString());
    if (wire === "ws") socket.chain = { id, items: [...verdict.history, ...output] };
    return events;
  }

  /** What the model says to a request that is in order. @param text the request as it came */
  reply(history: readonly Item[], body: Readonly<Record<string, unknown>>, text: string) {
    this.#count += 1;
    const id = `resp_${this.#count}`;
    const output = body.generate === false ? [] : this.#output(history);
    const input = body.previous_response_id === undefined ? inputText(text) : undefined;
    if (body.generate !== false) this.sights.push({ history, input });
    return {
      id,
      output,
      events: [ev.created(id), ...output.map((each, index) => ev.done(each, index)), ev.completed(id)],
    };
  }

  /** Calls a tool where the prompt says so, compacts where it is asked to, else answers. */
  #output(history: readonly Item[]): Item[] {
    const n = this.#count;
    const last = history.findLast(({ type }) => type !== "configuration_update");
    if (last?.type === "compaction_trigger") return [item.compaction(`cmp_${n}`, `summary ${n}`)];
    const prompt = last?.type === "message" && last.role === "user" ? JSON.stringify(last.content) : "";
    if (prompt.includes("run")) {
      return [item.reasoning(`rs_${n}`, "thought"), item.call(`call_${n}`, "exec_command", { cmd: "ls" })];
    }
    if (prompt.includes("tool")) return [item.call(`call_${n}`, "plus_tool", {})];
    const answer = item.text(`msg_${n}`, n % 3 === 0 ? "ok" : `answer ${n}`);
    return n % 2 === 0 ? [item.reasoning(`rs_${n}`, "thought"), answer] : [answer];
  }
}

function inputText(body: string): string {
  const start = body.indexOf('"input":[') + '"input":['.length;
  const rest = body.slice(start);
  // The tests send `input` last but for one.
  return rest.slice(0, rest.lastIndexOf('],"client_metadata"'));
}
