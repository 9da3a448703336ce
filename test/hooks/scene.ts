/** The whole proxy with hooks in a project's settings, a backend behind it, and a client that keeps a history as Codex does. */
import { once } from "node:events";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { TestContext } from "node:test";
import { WebSocket } from "ws";
import { type App, startApp } from "../../src/app.ts";
import { settingsSchema } from "../../src/config/schema.ts";
import { createLogger } from "../../src/log.ts";
import type { Item, WireEvent } from "../../src/testing/events.ts";
import { type Mock, startMock } from "../../src/testing/mock/index.ts";
import type { Wire } from "../../src/turn.ts";
import { socketTurn } from "../socket-turn.ts";

export interface Scene {
  readonly root: string;
  readonly home: string;
  readonly project: string;
  readonly mock: Mock;
  app: App;
  /** Writes a file of the project, or with `~/` of the person's home. */
  write(name: string, text: string): Promise<string>;
  /** Hooks of the person, which need no trust: event to commands. */
  hooks(hooks: object): Promise<void>;
  /** Ends the proxy and starts it anew on the same files. */
  restart(): Promise<void>;
}

export async function scene(t: TestContext): Promise<Scene> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "codex-plus-hooks-")));
  t.after(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));
  const [home, project] = [join(root, "home"), join(root, "project")];
  await mkdir(join(project, ".git"), { recursive: true });
  await mkdir(home);
  const mock = await startMock();
  t.after(() => mock.stop());
  const settings = settingsSchema.parse({ server: { port: 0 }, upstream: mock.url, transport: "native" });
  const environment = {
    home: join(root, "plus"),
    codexHome: join(root, "codex"),
    user: home,
    managed: join(root, "no"),
  };
  const start = () => startApp({ ...settings, environment }, { log: createLogger("silent") });
  const write: Scene["write"] = async (name, text) => {
    const path = name.startsWith("~/") ? join(home, name.slice(2)) : join(project, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  };
  const made: Scene = {
    root,
    home,
    project,
    mock,
    app: await start(),
    write,
    hooks: async (hooks) => void (await write("~/.claude/settings.json", JSON.stringify({ hooks }))),
    restart: async () => {
      await made.app.stop();
      made.app = await start();
    },
  };
  t.after(() => made.app.stop());
  return made;
}

/** Handlers for one event. */
export function commands(...all: string[]): object[] {
  return [{ hooks: all.map((command) => ({ type: "command", command })) }];
}

/** A command that prints this as its answer. */
export function says(output: object): string {
  return `echo '${JSON.stringify(output)}'`;
}

let count = 0;

export class Client {
  readonly scene: Scene;
  readonly wire: Wire;
  readonly thread: string;
  history: Item[] = [];
  meta: Record<string, unknown> = { history_initialization: "new", window_number: 0 };
  /** Told of each event when it comes down. */
  saw: ((event: WireEvent) => void) | undefined;
  #socket: WebSocket | undefined;
  #leaving = new AbortController();
  #last: { id: string; known: number } | undefined;
  #turn = "";

  constructor(t: TestContext, scene: Scene, wire: Wire, thread = `thread-${++count}`) {
    this.scene = scene;
    this.wire = wire;
    this.thread = thread;
    this.history.push(
      this.#message(
        `<environment_context><cwd>${scene.project}</cwd></environment_context>`,
        "environments.environment_context",
      ),
    );
    t.after(() => this.hangUp());
  }

  /** Leaves, also in the middle of an answer, and forgets what the socket knew. */
  hangUp(): void {
    this.#leaving.abort();
    this.#leaving = new AbortController();
    this.#socket?.terminate();
    this.#socket = undefined;
    this.#last = undefined;
  }

  /** A person types this. Answers what comes down. */
  async type(text: string, fields: object = {}): Promise<WireEvent[]> {
    this.#turn = `turn-${++count}`;
    this.history.push(this.#message(text, "user.text"));
    return this.send(fields);
  }

  /** The next request of the turn: after a tool's output, say. */
  async send(fields: object = {}, kind = "turn"): Promise<WireEvent[]> {
    const metadata = JSON.stringify({
      request_kind: kind,
      thread_source: "user",
      thread_id: this.thread,
      turn_id: this.#turn,
      ...this.meta,
    });
    const body = { model: "gpt-6.1-sol", stream: true, store: false, ...fields };
    const known = this.#last === undefined || this.#last.id === "" ? undefined : this.#last;
    const input = this.history.slice(this.wire === "ws" ? (known?.known ?? 0) : 0);
    const chain = this.wire === "ws" && known !== undefined ? { previous_response_id: known.id } : {};
    const events =
      this.wire === "sse"
        ? await this.#post({ ...body, input }, metadata)
        : await this.#frame({
            type: "response.create",
            ...body,
            ...chain,
            input,
            client_metadata: { "x-codex-turn-metadata": metadata },
          });
    this.history.push(...itemsOf(events));
    const end = events.at(-1) as WireEvent & { response?: { id?: string } };
    this.#last =
      end.type === "response.completed" ? { id: end.response?.id ?? "", known: this.history.length } : undefined;
    return events;
  }

  #message(text: string, kind: string): Item {
    return {
      type: "message",
      id: `msg_client${++count}`,
      role: "user",
      content: [{ type: "input_text", text }],
      internal_chat_message_metadata_passthrough: { turn_id: this.#turn, content_item_kinds: [kind] },
    };
  }

  async #post(body: object, metadata: string): Promise<WireEvent[]> {
    const headers = {
      authorization: "Bearer sk-test",
      "content-type": "application/json",
      "x-codex-turn-metadata": metadata,
    };
    const response = await fetch(`${this.scene.app.url}/responses`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
      signal: this.#leaving.signal,
    });
    const events: WireEvent[] = [];
    if (response.body === null) return events;
    for await (const line of createInterface({ input: Readable.fromWeb(response.body) })) {
      if (line.startsWith("data:")) this.#take(events, JSON.parse(line.slice(5)));
    }
    return events;
  }

  #take(events: WireEvent[], event: WireEvent): void {
    events.push(event);
    this.saw?.(event);
  }

  async #frame(message: object): Promise<WireEvent[]> {
    this.#socket ??= await connect(this.scene.app.url);
    const socket = this.#socket;
    const events: WireEvent[] = [];
    await socketTurn(socket, message, (event) => this.#take(events, event));
    return events;
  }
}

async function connect(url: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/responses`, {
    headers: { authorization: "Bearer sk-test", "openai-beta": "responses_websockets=2026-02-06" },
  });
  socket.on("error", () => undefined);
  await once(socket, "open");
  return socket;
}

export function itemsOf(events: readonly WireEvent[]): Item[] {
  return events.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item as Item);
}

/** All that the model knew when it was asked, request by request: the texts of `texts`, with the calls. */
export function heard({ mock }: Scene): (readonly Item[])[] {
  const histories: (readonly Item[])[] = [];
  mock.answer((ask) => {
    if (ask.kind !== "warmup") histories.push(ask.history);
    return undefined;
  });
  return histories;
}

/** The texts of messages, `role: text`, the environment context left out. */
export function texts(items: readonly Item[]): string[] {
  return items
    .flatMap(({ role, content, type }) =>
      Array.isArray(content) ? content.map((part: { text?: string }) => `${role}: ${part.text}`) : [`${type}`],
    )
    .filter((text) => !text.includes("<environment_context>"));
}
