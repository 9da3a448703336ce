/** A stage that answers, rewrites and hides on demand: what commands and tools will do with continuity. */
import { RequestBody } from "../../src/protocol/request.ts";
import { reply } from "../../src/protocol/say.ts";
import type { Continuity } from "../../src/sessions/continuity/index.ts";
import type { Item, WireEvent } from "../../src/testing/events.ts";
import type { Reply, Stage, Turn } from "../../src/turn.ts";

export interface Features {
  readonly stage: Stage;
  /** Whether commands are commands: else they are ordinary text. */
  on: boolean;
  /** What was done in the last turn. */
  did: Done | undefined;
}

export interface Done {
  readonly answer?: string;
  /** What went up in the prompt's place, and what stands hidden behind it. */
  readonly instead?: readonly string[];
  readonly behind?: readonly string[];
}

/** @param store asked for at each turn: a restart puts another in its place */
export function features(store: () => Continuity): Features {
  let count = 0;
  const self: Features = { on: true, did: undefined, stage: { name: "features", needs: () => "request", request } };

  async function request(turn: Turn): Promise<Reply | undefined> {
    if (turn.head.kind !== "main") return undefined;
    const input = turn.request.json().input as readonly Item[];
    const at = input.findLastIndex((item) => item.type === "message" && item.role === "user");
    const item = input[at];
    // Only what the request ends with is new; the prompts of earlier turns have been decided on.
    if (item === undefined || !input.slice(at + 1).every(isAside)) return undefined;
    const text = textOf(item);
    if (self.on && !store().handled(turn, at)) {
      count += 1;
      if (text.startsWith("//ghost")) {
        const answer = `reply ${count}`;
        self.did = { answer };
        return store().answer(turn, [at], answer);
      }
      if (text.startsWith("//rewrite")) {
        const content = [{ type: "input_text", text: `${text.slice(2)}, written out ${count}` }];
        const replacement = { ...item, content };
        const second = `, and more ${count}`;
        const extra = { ...item, ...(item.id === undefined ? {} : { id: `msg_extra${count}` }), content: second };
        const items = count % 2 === 0 ? [replacement] : [extra, replacement];
        self.did = { instead: items.map((each) => JSON.stringify(each)) };
        store().rewrite(turn, at, items);
      }
    }
    return text.includes("tool") ? withHiddenTool(turn, at) : undefined;
  }

  async function withHiddenTool(turn: Turn, at: number): Promise<Reply> {
    const asked = (turn.request.json().input as readonly Item[])[at] as Item;
    const first = await events(await turn.leg(turn.request));
    const call = items(first).find((item) => item.name === "plus_tool");
    if (call === undefined) return reply(turn.head.wire, first);
    const output = {
      type: "function_call_output",
      id: `fco_${String(call.call_id)}`,
      call_id: call.call_id,
      output: "done",
    };
    const { input, ...rest } = turn.request.json();
    const chained = { ...rest, previous_response_id: responseId(first), input: [output] };
    const whole = { ...rest, input: [...(input as readonly Item[]), call, output] };
    const { client_metadata, ...body } = turn.head.wire === "ws" ? chained : whole;
    const second = await turn.leg(new RequestBody(Buffer.from(JSON.stringify({ ...body, client_metadata }))));
    store().hide(turn, asked, [call, output]);
    self.did = { ...self.did, behind: [call, output].map((each) => JSON.stringify(each)) };
    return second;
  }
  return self;
}

/** What Codex puts behind a prompt. */
function isAside({ type, role }: Item): boolean {
  return type === "configuration_update" || role === "developer";
}

async function events(reply: Reply): Promise<WireEvent[]> {
  const all: WireEvent[] = [];
  for await (const frame of reply.frames) all.push(frame.json() as WireEvent);
  return all;
}

export function items(all: readonly WireEvent[]): Item[] {
  return all.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item as Item);
}

export function responseId(all: readonly WireEvent[]): string {
  return String((all.at(-1)?.response as { id?: unknown } | undefined)?.id ?? "");
}

function textOf(item: Item): string {
  const [part] = Array.isArray(item.content) ? item.content : [];
  return typeof part?.text === "string" ? part.text : String(item.content);
}
