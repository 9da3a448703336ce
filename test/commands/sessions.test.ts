/** `/sessions` and `/save` through the proxy, on both wires: what was said before, by whatever client, and nothing later. */
import assert from "node:assert/strict";
import { on, once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { type App, startApp } from "../../src/app.ts";
import { settingsSchema } from "../../src/config/schema.ts";
import { createLogger } from "../../src/log.ts";
import { type Mock, startMock } from "../../src/testing/mock/index.ts";

const WIRES = ["sse", "ws"] as const;
type Wire = (typeof WIRES)[number];
type Json = Record<string, unknown>;
const AUTHORIZATION = { authorization: "Bearer sk-test" };

let home: string;
let cwd: string;
let mock: Mock;
let app: App;
before(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), "codex-plus-sessions-")));
  cwd = join(home, "work");
  await mkdir(cwd);
  mock = await startMock();
  app = await open();
});
after(async () => {
  await app.stop();
  await mock.stop();
  await rm(home, { recursive: true });
});

function open(sessions: object = {}, plus = "plus"): Promise<App> {
  const settings = settingsSchema.parse({ server: { port: 0 }, upstream: mock.url, sessions });
  const environment = { home: join(home, plus), codexHome: join(home, "codex"), user: home };
  return startApp({ ...settings, environment }, { log: createLogger("silent") });
}

/** A conversation of a client that keeps its history, as Codex does; without a thread, as an SDK program does. */
class Talk {
  readonly #wire: Wire;
  readonly #url: string;
  readonly #thread: string | undefined;
  readonly #items: Json[] = [];
  #socket: WebSocket | undefined;
  /** What the newest response is called, and how many items it knows. */
  #previous: { id: string; items: number } | undefined;

  constructor(wire: Wire, thread?: string, url = app.url) {
    this.#wire = wire;
    this.#thread = thread;
    this.#url = url;
  }

  /** Says something; answers what is said back. */
  async say(text: string): Promise<string> {
    const turn = `${this.#thread}-${this.#items.length}`;
    const labels = { turn_id: turn, content_item_kinds: ["user.text"] };
    this.#items.push({
      type: "message",
      role: "user",
      content: [{ type: "input_text", text }],
      ...(this.#thread && { id: `msg_${turn}`, internal_chat_message_metadata_passthrough: labels }),
    });
    const metadata = {
      request_kind: "turn",
      thread_source: "user",
      thread_id: this.#thread,
      turn_id: turn,
      workspaces: { [cwd]: {} },
    };
    const events = await (this.#wire === "sse" ? this.#post(metadata) : this.#send(metadata));
    const done = events.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item as Json);
    const { id } = (events.at(-1)?.response ?? {}) as { id?: string };
    this.#items.push(...done);
    this.#previous = id ? { id, items: this.#items.length } : undefined;
    const [message] = done as { content: { text: string }[] }[];
    return message?.content[0]?.text ?? JSON.stringify(events);
  }

  end(): void {
    this.#socket?.terminate();
  }

  async #post(metadata: Json): Promise<Json[]> {
    const response = await fetch(`${this.#url}/responses`, {
      method: "POST",
      headers: {
        ...AUTHORIZATION,
        "content-type": "application/json",
        ...(this.#thread && { "x-codex-turn-metadata": JSON.stringify(metadata) }),
      },
      body: JSON.stringify({ model: "gpt-6.1-sol", stream: true, store: false, input: this.#items }),
    });
    const lines = (await response.text()).split("\n").filter((line) => line.startsWith("data: "));
    return lines.map((line) => JSON.parse(line.slice("data: ".length)));
  }

  /** Only what is new goes up, while the socket knows the rest. */
  async #send(metadata: Json): Promise<Json[]> {
    if (this.#socket === undefined) {
      const headers = { ...AUTHORIZATION, "openai-beta": "responses_websockets=2026-02-06" };
      this.#socket = new WebSocket(`${this.#url.replace("http", "ws")}/responses`, { headers });
      await once(this.#socket, "open");
    }
    const known = this.#previous;
    const frame = {
      type: "response.create",
      model: "gpt-6.1-sol",
      store: false,
      ...(known && { previous_response_id: known.id }),
      input: this.#items.slice(known?.items ?? 0),
      ...(this.#thread && { client_metadata: { "x-codex-turn-metadata": JSON.stringify(metadata) } }),
    };
    const messages = on(this.#socket, "message");
    this.#socket.send(JSON.stringify(frame));
    const events: Json[] = [];
    for await (const [bytes] of messages) {
      const event = JSON.parse(String(bytes));
      events.push(event);
      if (event.type === "response.completed" || event.type === "error") break;
    }
    return events;
  }
}

/** Who said what in an exported session, without its context. */
async function told(file: string): Promise<[string, string][]> {
  const { thread } = JSON.parse(await readFile(file, "utf8"));
  const items = [...(thread.before ?? []), ...thread.turns.flatMap(({ items }: { items: unknown[] }) => items)];
  return items
    .filter(({ role }) => role === "user" || role === "assistant")
    .map(({ role, body }) => [role, typeof body.content === "string" ? body.content : body.content[0].text]);
}

for (const wire of WIRES) {
  test(`${wire}: /save writes the conversation before it, the turn just finished with it, and anew each time`, async (t) => {
    const id = `save-${wire}`;
    const talk = new Talk(wire, id);
    t.after(() => talk.end());
    const file = join(home, `plus/sessions/${id}.json`);
    assert.equal(await talk.say("/save"), "Not saved: nothing was said yet.");
    assert.equal(await talk.say("remember the fish"), "echo: remember the fish");
    assert.match(await talk.say("/save"), new RegExp(`^Saved as \`${file}\` \\(2 turns, \\d+ kB\\)\\.$`));
    const first: [string, string][] = [
      ["user", "/save"],
      ["assistant", "Not saved: nothing was said yet."],
      ["user", "remember the fish"],
      ["assistant", "echo: remember the fish"],
    ];
    assert.deepEqual(await told(file), first);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal(await talk.say("and the bird"), "echo: and the bird");
    assert.match(await talk.say("//save"), /^Saved as .* \(4 turns/);
    const second = await told(file);
    assert.deepEqual(second.slice(0, 4), first);
    assert.deepEqual(second.slice(-2), [
      ["user", "and the bird"],
      ["assistant", "echo: and the bird"],
    ]);
    assert.deepEqual(mock.record.violations, []);
  });

  test(`${wire}: /save with a name writes into the folder Codex works in, in the format of its ending, and over nothing`, async (t) => {
    const talk = new Talk(wire, `named-${wire}`);
    t.after(() => talk.end());
    await talk.say("paint the wall");
    const file = join(cwd, `talk-${wire}.md`);
    assert.match(await talk.say(`/save talk-${wire}.md`), new RegExp(`^Saved as \`${file}\` \\(1 turn, `));
    const text = await readFile(file, "utf8");
    assert.match(text, /paint the wall[\s\S]*echo: paint the wall/);
    assert.doesNotMatch(text, /\/save/);
    assert.equal(
      await talk.say(`/save talk-${wire}.md`),
      `Not saved: \`${file}\` is there already. Give another name.`,
    );
    assert.match(await talk.say("/save ../x.md"), /lies outside/);
    assert.equal(await readFile(file, "utf8"), text);
    assert.deepEqual(
      (await readdir(cwd)).filter((name) => name.includes(wire)),
      [`talk-${wire}.md`],
    );
  });

  test(`${wire}: /save finds the conversation of a client that gives none a name`, async (t) => {
    const talk = new Talk(wire);
    t.after(() => talk.end());
    await talk.say(`a program's words over ${wire}`);
    const answer = await talk.say("/save");
    const [, file] = /^Saved as `(.*\/cp_[^/]*\.json)` \(1 turn, /.exec(answer) ?? [];
    assert.ok(file, answer);
    assert.deepEqual(await told(file), [
      ["user", `a program's words over ${wire}`],
      ["assistant", `echo: a program's words over ${wire}`],
    ]);
  });

  test(`${wire}: /sessions lists other conversations and finds what was said in them`, async (t) => {
    const earlier = new Talk(wire, `earlier-${wire}`);
    const talk = new Talk(wire, `asking-${wire}`);
    t.after(() => [earlier, talk].map((each) => each.end()));
    await earlier.say(`mend the *pump* of ${wire}`);
    // So that it is recorded by now.
    await earlier.say("/save");
    await talk.say("/sessions");
    const list = await talk.say("/sessions");
    assert.match(
      list,
      new RegExp(
        `^\\*\\*In this folder\\*\\*\\n\\n- \\*\\*mend the \\\\\\*pump\\\\\\* of ${wire}\\*\\* · [-\\d]+ [\\d:]+, 2 turns · \`earlier-${wire}\``,
      ),
    );
    assert.ok(!list.includes(`asking-${wire}`));
    const found = await talk.say(`/sessions "pump of ${wire}"`);
    assert.match(
      found,
      new RegExp(`^\\*\\*Found for\\*\\* .*\\n\\n- \\*\\*mend.*earlier-${wire}\`\\n  - (you|Codex): `),
    );
    assert.match(found, /mend the \\\*(\*\*)?pump/);
    assert.equal(await talk.say(`/sessions zebra-${wire}`), `Nothing found for \`zebra-${wire}\`.`);
    assert.deepEqual(mock.record.violations, []);
  });
}

test("where recording is off, both say so, and nothing is written", async (t) => {
  const quiet = await open({ record: false }, "quiet");
  t.after(() => quiet.stop());
  const talk = new Talk("sse", "quiet", quiet.url);
  await talk.say("say nothing");
  const off = "Recording is off: nothing of what is said now is kept (`sessions.record` in `config.json`).";
  assert.equal(await talk.say("/save"), `Not saved. ${off}`);
  assert.equal(await talk.say("/sessions"), `${off}\n\nNo other conversations yet.`);
  assert.ok(!(await readdir(join(home, "quiet"))).includes("sessions"));
});
