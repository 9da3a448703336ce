/** The SSE wire: one POST a turn, with the whole conversation in each. */
import type { Item, WireEvent } from "../events.ts";
import type { Client, ClientOptions, Exchanged } from "./client.ts";
import { outputItems, requestFields } from "./request.ts";

export function openSse({ baseUrl, key, model, onEvent }: ClientOptions): Client {
  const history: Item[] = [];
  return {
    wire: "sse",
    turn: async (...input) => {
      history.push(...input);
      const up = Buffer.from(JSON.stringify({ ...requestFields(model), input: history }));
      const start = performance.now();
      const response = await fetch(`${baseUrl}/responses`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, accept: "text/event-stream", "content-type": "application/json" },
        body: up,
      });
      const exchanged = await read(response, up, start, onEvent);
      history.push(...outputItems(exchanged.events));
      return exchanged;
    },
    close: () => undefined,
  };
}

async function read(
  response: Response,
  up: Buffer,
  start: number,
  onEvent: ClientOptions["onEvent"],
): Promise<Exchanged> {
  const down: Buffer[] = [];
  const events: WireEvent[] = [];
  let firstEventMs = 0;
  let pending = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    down.push(Buffer.from(chunk));
    const blocks = (pending + decoder.decode(chunk, { stream: true })).split("\n\n");
    pending = blocks.pop() ?? "";
    for (const event of blocks.flatMap(eventOf)) {
      firstEventMs ||= performance.now() - start;
      events.push(event);
      onEvent?.(event);
    }
  }
  const totalMs = performance.now() - start;
  return { status: response.status, events, up, down: [Buffer.concat(down)], firstEventMs, totalMs };
}

function eventOf(block: string): WireEvent[] {
  const data = block.split("\n").filter((line) => line.startsWith("data:"));
  return data.length === 0 ? [] : [JSON.parse(data.map((line) => line.slice(5).trim()).join("\n"))];
}
