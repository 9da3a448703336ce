/** One client on either wire, as low as it takes: bodies as they are given, events as they come. */
import type { TestContext } from "node:test";
import { connect, type Line } from "./line.ts";
import { eventsOf, field, readHead, readMessage } from "./message.ts";
import { dial } from "./talk.ts";

export const WIRES = ["sse", "ws"] as const;
export type Wire = (typeof WIRES)[number];
export type Event = Record<string, unknown>;

/** Without these the mock, as the real backend, refuses. */
const AGENT = "codex_cli_rs/0.169.0";
export const CODEX = {
  authorization: "Bearer k",
  "user-agent": AGENT,
  "openai-beta": "responses_websockets=2026-02-06",
};

export interface Speaker {
  /** Sends a request; on WebSocket `type` is put first. */
  ask(body: string | Buffer, fields?: string): void;
  /** The next answer's events to its end; on HTTP a refusal's body is the only one. */
  answer(): Promise<{ status: number; headers: string[]; events: Event[] }>;
  /** Waits for the first event of an answer that is under way and leaves the rest. */
  begun(): Promise<void>;
  leave(): void;
}

export async function speaker(t: TestContext, wire: Wire, port: number): Promise<Speaker> {
  return wire === "sse" ? overHttp(await connect(t, port)) : overWebSocket(t, port);
}

function overHttp(line: Line): Speaker {
  return {
    ask(body, fields = "") {
      const bytes = Buffer.from(body);
      line
        .send(
          `POST /responses HTTP/1.1\r\nHost: localhost\r\nauthorization: Bearer k\r\nuser-agent: ${AGENT}\r\n${fields}content-length: ${bytes.length}\r\n\r\n`,
        )
        .send(bytes);
    },
    async answer() {
      const { start, headers, body } = await readMessage(line);
      const stream = field(headers, "content-type")?.startsWith("text/event-stream");
      const events = stream ? (eventsOf(body) as Event[]) : [JSON.parse(`${body}`) as Event];
      return { status: Number(start.split(" ")[1]), headers, events };
    },
    async begun() {
      await readHead(line);
      await line.through("\n\n");
    },
    leave: () => line.close(),
  };
}

async function overWebSocket(t: TestContext, port: number): Promise<Speaker> {
  const talk = await dial(t, port, { headers: CODEX });
  return {
    ask: (body) => talk.sendText(Buffer.from(`${body}`.replace(/^\{\s*/, '{"type":"response.create",'))),
    answer: async () => ({ status: 200, headers: [], events: await talk.response() }),
    begun: async () => void (await talk.next()),
    leave: () => talk.ws.terminate(),
  };
}
