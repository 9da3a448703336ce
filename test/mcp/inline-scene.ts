/** A proxy that makes the calls of MCP tools itself, a backend behind it, and servers that are a few functions. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { CallToolResult, Tool } from "@modelcontextprotocol/sdk/types.js";
import { pino } from "pino";
import { WebSocket } from "ws";
import { type App, startApp } from "../../src/app.ts";
import { settingsSchema } from "../../src/config/schema.ts";
import { createLogger } from "../../src/log.ts";
import type { Caller, McpRoom, NamedTool, Server } from "../../src/mcp/mcp.ts";
import { Continuity } from "../../src/sessions/continuity/index.ts";
import { memoryShelf } from "../../src/sessions/continuity/shelf.ts";
import { continuity } from "../../src/stages/continuity.ts";
import { type McpStageOptions, mcp } from "../../src/stages/mcp.ts";
import { ev, type Item, type WireEvent } from "../../src/testing/events.ts";
import { type Mock, startMock } from "../../src/testing/mock/index.ts";
import type { Stage } from "../../src/turn.ts";
import { socketTurn } from "../socket-turn.ts";

export interface Made {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
}

/** What a tool answers; its name is `server__tool`. */
export type Tools = Readonly<Record<string, (made: Made) => CallToolResult | Promise<CallToolResult>>>;

export interface InlineScene {
  readonly mock: Mock;
  readonly app: App;
  readonly store: Continuity;
  /** The calls that were made, in order. */
  readonly made: Made[];
  /** The inputs of the requests upstream has got. */
  sent(): unknown[][];
}

export const said = (text: string): CallToolResult => ({ content: [{ type: "text", text }] });

/** A room of servers that are a few functions. */
export function smallRoom(tools: Tools, made: Made[] = []): McpRoom {
  const known = Object.keys(tools).map((key) => namedTool(key));
  const never = () => Promise.reject(new Error("not a part of this room"));
  return {
    set: () => Promise.resolve({ servers: [], problems: [] }),
    any: () => known.length > 0,
    status: () => Promise.resolve([]),
    meet: () => Promise.resolve(),
    tools: () => Promise.resolve(known),
    call: async (name, input, caller) => {
      const call = { name, input, caller };
      made.push(call);
      return (await tools[name.slice("mcp__".length)]?.(call)) ?? said("");
    },
    prompt: never,
    read: never,
    complete: never,
    subscribe: never,
    changed: () => () => undefined,
    close: () => Promise.resolve(),
  };
}

export function namedTool(key: string, more: Partial<Tool> = {}): NamedTool {
  const [server = "", name = ""] = key.split("__");
  const tool: Tool = { name, description: `${name} of ${server}`, inputSchema: { type: "object" }, ...more };
  return { name: `mcp__${key}`, server: { name: server, key: server } as Server, tool };
}

export interface SceneOptions {
  readonly tools: Tools;
  readonly settings?: Partial<McpStageOptions["settings"]>;
  /** Stands outside of the calls that are made here. */
  readonly outer?: (store: Continuity) => readonly Stage[];
  readonly keepaliveMs?: number;
}

export async function inlineScene(
  t: TestContext,
  { tools, settings, outer, keepaliveMs }: SceneOptions,
): Promise<InlineScene> {
  const home = await mkdtemp(join(tmpdir(), "codex-plus-inline-"));
  t.after(() => rm(home, { recursive: true, force: true }));
  const mock = await startMock();
  t.after(() => mock.stop());
  const { mcp: defaults, ...config } = settingsSchema.parse({
    server: { port: 0 },
    upstream: mock.url,
    transport: "native",
    ...(keepaliveMs === undefined ? {} : { limits: { keepaliveMs } }),
  });
  const store = new Continuity(memoryShelf(), pino({ level: "silent" }));
  const made: Made[] = [];
  const inline = mcp({
    room: smallRoom(tools, made),
    settings: { ...defaults, ...settings },
    continuity: store,
    elsewhere: home,
  });
  const app = await startApp(
    { ...config, mcp: defaults, environment: { home, codexHome: home } },
    { log: createLogger("silent"), stages: [continuity(store), ...(outer?.(store) ?? []), inline] },
  );
  t.after(() => app.stop());
  const sent = () => mock.record.turns.map(({ json }) => json.input as unknown[]);
  return { mock, app, store, made, sent };
}

const INLINE = { authorization: "Bearer sk-test", "x-codex-plus-mcp": "inline" };

/** A client that keeps its history itself, as SDK clients do, or by response ids, as they do over WebSocket. */
export class PlainClient {
  readonly #url: string;
  readonly #wire: "sse" | "ws";
  readonly #headers: Readonly<Record<string, string>>;
  #socket: WebSocket | undefined;
  #leaving = new AbortController();
  #last: { readonly id: string; readonly known: number } | undefined;
  history: Item[] = [];
  /** Told of each event when it comes down. */
  saw: ((event: WireEvent) => void) | undefined;
  /** Told whenever there is nothing to tell, but somebody at work. */
  waited: (() => void) | undefined;

  constructor(t: TestContext, app: App, wire: "sse" | "ws", headers: Readonly<Record<string, string>> = {}) {
    this.#url = app.url;
    this.#wire = wire;
    this.#headers = { ...INLINE, ...headers };
    t.after(() => this.leave());
  }

  hangUp(): void {
    this.#socket?.terminate();
    this.#socket = undefined;
    this.#last = undefined;
  }

  say(text: string, fields: object = {}): Promise<WireEvent[]> {
    this.history.push({ type: "message", role: "user", content: text } as Item);
    return this.send(fields);
  }

  /** The client leaves as it stands, in the midst of an answer. */
  leave(): void {
    this.#leaving.abort();
    this.#leaving = new AbortController();
    this.hangUp();
  }

  /** Something that is no request, over WebSocket. */
  tell(message: object): void {
    this.#socket?.send(JSON.stringify(message));
  }

  async send(fields: object = {}): Promise<WireEvent[]> {
    const body = { model: "gpt-5.5", stream: true, store: false, ...fields };
    const input = this.history.slice(this.#last?.known ?? 0);
    const chain = this.#last === undefined ? {} : { previous_response_id: this.#last.id };
    const events =
      this.#wire === "sse"
        ? await this.#post({ ...body, input: this.history })
        : await this.#frame({ type: "response.create", ...body, ...chain, input });
    this.history.push(...itemsIn(events));
    const end = events.at(-1) as WireEvent & { response?: { id?: string } };
    const { id = "" } = end.response ?? {};
    this.#last = this.#wire === "ws" && id !== "" ? { id, known: this.history.length } : undefined;
    return events;
  }

  async #post(body: object): Promise<WireEvent[]> {
    const response = await fetch(`${this.#url}/responses`, {
      method: "POST",
      headers: { "content-type": "application/json", ...this.#headers },
      body: JSON.stringify(body),
      signal: this.#leaving.signal,
    });
    const events: WireEvent[] = [];
    let rest = "";
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const lines = (rest + piece).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line.startsWith("data:")) this.#take(events, JSON.parse(line.slice(5)));
        else if (line.startsWith(":")) this.waited?.();
      }
    }
    return events;
  }

  async #frame(message: object): Promise<WireEvent[]> {
    this.#socket ??= await connected(this.#url, this.#headers);
    const socket = this.#socket;
    const events: WireEvent[] = [];
    await socketTurn(socket, message, (event) => this.#take(events, event));
    return events;
  }

  #take(events: WireEvent[], event: WireEvent): void {
    if (/^(codex\.rate_limits|response\.metadata)$/.test(event.type)) return;
    if (event.type === "keepalive") {
      this.waited?.();
      return;
    }
    events.push(event);
    this.saw?.(event);
  }
}

async function connected(url: string, headers: Readonly<Record<string, string>>): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/responses`, {
    headers: { ...headers, "openai-beta": "responses_websockets=2026-02-06" },
  });
  socket.on("error", () => undefined);
  await once(socket, "open");
  return socket;
}

export function itemsIn(events: readonly WireEvent[]): Item[] {
  return events.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item as Item);
}

/** The events by which a model writes a call, its arguments in pieces. */
export function streamedCall(call: Item, index = 0): WireEvent[] {
  const text = String(call.arguments);
  const at = { item_id: call.id, output_index: index };
  return [
    ev.added({ ...call, status: "in_progress", arguments: "" }, index),
    ...(text.match(/.{1,7}/gs) ?? []).map((delta) => ({
      type: "response.function_call_arguments.delta",
      ...at,
      delta,
    })),
    { type: "response.function_call_arguments.done", ...at, arguments: text },
    ev.done(call, index),
  ];
}

/** A whole answer of the model's. */
export function answer(id: string, ...items: Item[]): WireEvent[] {
  const events = items.flatMap((each, index) =>
    each.type === "function_call" ? streamedCall(each, index) : [ev.done(each, index)],
  );
  return [ev.created(id), ...events, ev.completed(id, undefined, items)];
}

export const output = (id: string, text: unknown): Item => ({
  type: "function_call_output",
  call_id: id,
  output: text,
});
