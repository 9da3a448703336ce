/** Twenty servers, of which four do not work: nobody waits for any of them, and everybody is told how each stands. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { readToken } from "../../src/config/token.ts";
import { item, type WireEvent } from "../../src/testing/events.ts";
import { type Scene, scene } from "../hooks/scene.ts";
import { shown, writeServers } from "./everything.ts";
import { answer, itemsIn, PlainClient } from "./inline-scene.ts";
import { SMALL, twenty } from "./twenty-servers.ts";

const WIRES = ["sse", "ws"] as const;
const WORKING = ["everything", "filesystem", "memory", "sequential-thinking", ...SMALL];
const LONG = "trigger-long-running-operation";
const GONE = "everything has gone: it ended with SIGKILL";
const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");

/** How each server stands, as `/mcp` tells a person: its state, and how many tools it has. */
async function told(client: PlainClient): Promise<Map<string, readonly [state: string, tools: string]>> {
  const rows = shown(await client.say("//mcp")).matchAll(/^\| `([\w-]+)` \| (.*?) \| (\d+|\?) \|/gm);
  return new Map([...rows].map(([, name = "", state = "", tools = ""]) => [name, [state, tools]]));
}

/** How server-everything stands, as the proxy says to programs. */
async function standing({ app, root, home }: Scene): Promise<{ pid: number; calls: number }> {
  const headers = { authorization: `Bearer ${await readToken(join(root, "plus"))}` };
  const response = await fetch(`${app.url}/_plus/servers?project=${encodeURIComponent(home)}`, { headers });
  const { servers } = (await response.json()) as { servers: { name: string; pid: number; calls: number }[] };
  const found = servers.find(({ name }) => name === "everything");
  assert.ok(found);
  return found;
}

async function gateway(t: TestContext, { app, root }: Scene): Promise<Client> {
  const client = new Client({ name: "test", version: "1" });
  const token = await readToken(join(root, "plus"));
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${app.url}/_plus/mcp`), { requestInit }));
  t.after(() => client.close());
  return client;
}

/** Begins a call of server-everything's, and kills that while the call is under way. */
async function killed<T>(here: Scene, call: () => Promise<T>): Promise<T> {
  const before = await standing(here);
  const answered = call();
  let now = before;
  while (now.calls === before.calls) now = await standing(here);
  process.kill(now.pid, "SIGKILL");
  return answered;
}

test("twenty servers, of which four do not work", { timeout: 60_000 }, async (t) => {
  const here = await scene(t);
  const { mcpServers, started, letGo } = await twenty(t, here.root);
  await writeServers(here, mcpServers);
  await here.restart();
  const person = new PlainClient(t, here.app, "sse");
  await started;
  const starting = Object.keys(mcpServers).map((name) => [name, ["starting", "?"]]);

  for (const wire of WIRES) {
    await t.test(`a turn is over before any of them has said a word (${wire})`, async (one) => {
      // Nothing that waits for a while comes to an end: who waits for a server for even a moment is never answered.
      one.mock.timers.enable({ apis: ["setTimeout"] });
      const client = new PlainClient(t, here.app, wire);
      const events = await client.say("hello");
      assert.deepEqual([shown(events), events.at(-1)?.type], ["echo: hello", "response.completed"]);
      assert.equal(here.mock.record.turns.at(-1)?.json.tools, undefined);
      assert.deepEqual([...(await told(person))].toSorted(), starting.toSorted());
    });
  }

  const client = await gateway(t, here);
  const first = client.listTools();
  letGo();
  let settled = await told(person);
  while ([...settled].some(([name, [state]]) => name !== "hanging" && state === "starting"))
    settled = await told(person);

  await t.test("/mcp tells the truth about each", () => {
    const states = Object.fromEntries([...settled].map(([name, [state]]) => [name, state.replace(/\d+/, "N")]));
    const ready = Object.fromEntries(WORKING.map((name) => [name, "running, N calls"]));
    const { crashing, flooding, ...others } = states;
    assert.deepEqual(others, { ...ready, hanging: "starting", login: "wants a login" });
    assert.match(
      crashing ?? "",
      /^failed: crashing has gone: it ended with exit code N\. Its last words: no such database/,
    );
    assert.match(flooding ?? "", /^failed: flooding has gone: it floods its standard output/);
  });

  await t.test("so does codex-plus mcp list", async () => {
    const env = {
      ...{ HOME: here.home, PATH: process.env.PATH, CODEX_PLUS_HOME: join(here.root, "plus") },
      CODEX_PLUS_PORT: String(here.app.port),
    };
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, "mcp", "list", "--json"], {
      env,
      cwd: here.home,
    });
    const { live, servers } = JSON.parse(stdout) as { live: boolean; servers: { name: string; state: string }[] };
    const states = Object.fromEntries(servers.map(({ name, state }) => [name, state]));
    assert.equal(live, true);
    assert.deepEqual(states, {
      ...Object.fromEntries(WORKING.map((name) => [name, "ready"])),
      ...{ hanging: "starting", login: "login", crashing: "failed", flooding: "failed" },
    });
  });

  await t.test("the gateway lists the tools of those that work, and does not wait for the one that hangs", async () => {
    await first;
    const { tools } = await client.listTools();
    const counts = Object.groupBy(tools, ({ name }) => name.split("__")[0] ?? "");
    const states = await told(person);
    assert.deepEqual(states.get("hanging"), ["starting", "?"]);
    // One of server-everything's can only be called as a task, which the gateway does not offer.
    const shown = (name: string): number => Number(states.get(name)?.[1]) - (name === "everything" ? 1 : 0);
    assert.deepEqual(
      Object.fromEntries(Object.entries(counts).map(([name, its]) => [name, its?.length])),
      Object.fromEntries(WORKING.map((name) => [name, shown(name)])),
    );
  });

  const textOf = (events: readonly WireEvent[]) => [itemsIn(events).map(({ type }) => type), shown(events)];
  const input = { message: "again", duration: 600, steps: 1 };

  for (const wire of WIRES) {
    await t.test(`a server that is killed in mid call ends that call, not the turn (${wire})`, async () => {
      const outputs: (string | undefined)[] = [];
      here.mock.answer(({ id, prompt, toolOutput }) => {
        if (prompt !== "go") return undefined;
        outputs.push(toolOutput);
        const name = [LONG, "echo"][outputs.length - 1];
        if (name === undefined) return answer(id.response, item.text(id.item, "done"));
        return answer(id.response, item.call(id.call, `mcp__everything__${name}`, input));
      });
      const client = new PlainClient(t, here.app, wire);
      const events = await killed(here, () => client.say("go"));
      assert.deepEqual(textOf(events), [["message"], "done"]);
      assert.deepEqual(outputs, [undefined, `The tool failed:\n${GONE}`, "Echo: again"]);
    });
  }

  await t.test("through the gateway too", async () => {
    const long = { name: `everything__${LONG}`, arguments: input };
    const gone = await killed(here, () => client.callTool(long));
    const next = await client.callTool({ name: "everything__echo", arguments: input });
    assert.deepEqual(
      [gone.isError, gone.content, next.isError, next.content],
      [true, [{ type: "text", text: GONE }], undefined, [{ type: "text", text: "Echo: again" }]],
    );
  });
});
