/** The real servers of the npm registry, started as programs. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { CallRecord } from "../../src/mcp/mcp.ts";
import { alive, faultyServer, realServer, testRoom, textOf, until } from "./room.ts";

const records: CallRecord[] = [];
const room = await testRoom({ recorded: (record) => void records.push(record) });
const { mcp, project } = room;
after(() => room.close());
room.add("everything", realServer("everything"));

test("a server is started at its first call, and what it offers is kept", async () => {
  const before = await mcp.status(project);
  const result = await mcp.call("mcp__everything__get-sum", { a: 2, b: 3 }, room.caller());
  const [status] = await until(async () => {
    const all = await mcp.status(project);
    return all[0]?.offer === undefined ? undefined : all;
  });
  assert.deepEqual(
    [before.map(({ state, pid }) => [state, pid]), textOf(result), status?.state, status?.calls],
    [[["idle", undefined]], "The sum of 2 and 3 is 5.", "ready", 1],
  );
  assert.equal(status?.offer?.server, "mcp-servers/everything 2.0.0");
});

test("what is kept answers without anything being started", async () => {
  const file = join(room.home, "mcp-offers.json");
  await until(() => stat(file).catch(() => undefined));
  const later = room.again();
  later.add("everything", realServer("everything"));
  const [here, there] = await Promise.all([mcp.tools(project), later.mcp.tools(project)]);
  const [status] = await later.mcp.status(project);
  assert.deepEqual(
    there.map(({ name }) => name),
    here.map(({ name }) => name),
  );
  assert.deepEqual([status?.state, (await stat(file)).mode & 0o777], ["idle", 0o600]);
  await later.close();
});

test("a tool is found by Codex's spelling of its name too", async () => {
  const result = await mcp.call("mcp__everything__get_sum", { a: 1, b: 1 }, room.caller());
  assert.equal(textOf(result), "The sum of 1 and 1 is 2.");
  const unknown = await mcp.call("mcp__everything__get-some", {}, room.caller());
  assert.deepEqual(unknown, {
    isError: true,
    content: [
      { type: "text", text: "There is no MCP tool mcp__everything__get-some. Did you mean mcp__everything__get-sum?" },
    ],
  });
});

test("progress comes to the caller who wants it", async () => {
  const told: unknown[] = [];
  const caller = room.caller({ progress: (progress) => void told.push(progress) });
  const input = { duration: 0.2, steps: 2 };
  const result = await mcp.call("mcp__everything__trigger-long-running-operation", input, caller);
  assert.equal(result.isError, undefined);
  assert.deepEqual(told, [
    { progress: 1, total: 2 },
    { progress: 2, total: 2 },
  ]);
});

test("roots are the project, and whatever else a server asks goes to the caller", async () => {
  const asked: string[] = [];
  const caller = room.caller({
    asked: ({ method }) => {
      asked.push(method);
      return Promise.resolve({ role: "assistant", model: "test", content: { type: "text", text: "from the caller" } });
    },
  });
  const roots = await mcp.call("mcp__everything__get-roots-list", {}, caller);
  const sampled = await mcp.call("mcp__everything__trigger-sampling-request", { prompt: "hello" }, caller);
  assert.ok(textOf(roots).includes(pathToFileURL(project).href), textOf(roots));
  assert.match(textOf(sampled), /from the caller/);
  assert.deepEqual(asked, ["sampling/createMessage"]);
});

test("where nobody answers, an elicitation is cancelled and a sampling refused", async () => {
  const elicited = await mcp.call("mcp__everything__trigger-elicitation-request", {}, room.caller());
  const sampled = await mcp.call("mcp__everything__trigger-sampling-request", { prompt: "hello" }, room.caller());
  assert.match(textOf(elicited), /cancel/i);
  assert.match(textOf(sampled), /Nobody who could answer this has a call under way here/);
});

test("a question is for nobody while two conversations have calls under way", async () => {
  room.add("asking", faultyServer("well"));
  const params = { message: "Who?", requestedSchema: { type: "object", properties: {} } };
  const ask = (thread: string, answer: string) =>
    mcp.call(
      "mcp__asking__ask",
      { method: "elicitation/create", params },
      room.caller({ thread, asked: () => Promise.resolve({ action: "accept", content: { answer } }) }),
    );
  const alone = textOf(await ask("one", "mine"));
  const abort = new AbortController();
  const other = mcp.call("mcp__asking__wait", {}, room.caller({ thread: "two", signal: abort.signal }));
  await until(async () => {
    const all = await mcp.status(project);
    return all.find(({ server, calls }) => server.name === "asking" && calls === 2);
  });
  const together = textOf(await ask("one", "mine"));
  abort.abort(new Error("enough"));
  await assert.rejects(other, /enough/);
  assert.deepEqual([alone, together], ['{"action":"accept","content":{"answer":"mine"}}', '{"action":"cancel"}']);
});

test("prompts, resources and completions", async () => {
  const prompt = await mcp.prompt("everything", "args-prompt", { city: "Paris" }, room.caller());
  const text = await mcp.read("everything", "demo://resource/dynamic/text/1", room.caller());
  const params = {
    ref: { type: "ref/prompt", name: "completable-prompt" },
    argument: { name: "department", value: "E" },
  };
  const completed = await mcp.complete("everything", params, room.caller());
  assert.equal(prompt.messages.length, 1);
  assert.equal(text.contents.length, 1);
  assert.deepEqual(completed.completion.values, ["Engineering"]);
  await assert.rejects(mcp.prompt("everything", "none", {}, room.caller()), { code: "CP_MCP_UNKNOWN" });
  await assert.rejects(mcp.read("nobody", "demo://x", room.caller()), { code: "CP_MCP_UNKNOWN" });
});

test("calls at one server run together, and many that want it start it once", async () => {
  room.add("shared", faultyServer("well"));
  const calls = [1, 2, 3, 4].map(() => mcp.call("mcp__shared__together", { count: 4 }, room.caller()));
  const results = await Promise.all(calls);
  const log = await readFile(join(room.home, "logs", "mcp", "shared.log"), "utf8");
  assert.deepEqual([results.map(textOf), log.match(/started, process/g)?.length], [Array(4).fill("together"), 1]);
});

test("a server gets its project and the variables of its definition", async () => {
  room.add("variables", { ...faultyServer("well"), env: { OWN_SECRET: "a secret value" } });
  const told = JSON.parse(textOf(await mcp.call("mcp__variables__env", {}, room.caller()))) as Record<string, string>;
  assert.deepEqual(
    [told.cwd, told.CLAUDE_PROJECT_DIR, told.OWN_SECRET, told.PATH],
    [project, project, "a secret value", process.env.PATH],
  );
});

test("a tool that comes later is known later, and whoever listens hears of it", async () => {
  room.add("growing", faultyServer("well"));
  await mcp.meet(project, 20_000);
  const heard = new Promise<string>((resolve) => {
    const end = mcp.changed((folder) => {
      end();
      resolve(folder);
    });
  });
  await mcp.call("mcp__growing__grow", { name: "brand new" }, room.caller());
  assert.equal(await heard, project);
  const names = (await mcp.tools(project)).map(({ name }) => name);
  assert.ok(names.includes("mcp__growing__brand_new"), names.join());
  const result = await mcp.call("mcp__growing__brand_new", {}, room.caller());
  assert.equal(result.isError, undefined);
});

test("a subscription outlives its server", async () => {
  room.add("watched", faultyServer("resources"));
  let heard = 0;
  const end = await mcp.subscribe("watched", "file:///x", room.caller(), () => {
    heard += 1;
  });
  await until(async () => (heard === 1 ? true : undefined));
  await mcp.call("mcp__watched__die", {}, room.caller());
  await mcp.call("mcp__watched__pid", {}, room.caller());
  await until(async () => (heard === 2 ? true : undefined));
  await end();
  const stderr = async () => (await mcp.status(project)).find(({ server }) => server.name === "watched")?.stderr ?? [];
  await until(async () => ((await stderr()).at(-1) === "unsubscribed file:///x" ? true : undefined));
});

test("a server that nobody uses is stopped, and starts again when it is wanted", async () => {
  const brief = await testRoom({ idleMs: 1000 });
  brief.add("resting", faultyServer("well"));
  const first = textOf(await brief.mcp.call("mcp__resting__pid", {}, brief.caller()));
  await until(async () => ((await brief.mcp.status(brief.project))[0]?.state === "idle" ? true : undefined));
  const second = textOf(await brief.mcp.call("mcp__resting__pid", {}, brief.caller()));
  assert.notEqual(first, second);
  await brief.close();
});

test("a server is not stopped for want of use while a call is under way", async () => {
  const idleMs = 1000;
  const brief = await testRoom({ idleMs });
  brief.add("busy", faultyServer("well"));
  await brief.mcp.call("mcp__busy__pid", {}, brief.caller());
  const long = brief.mcp.call("mcp__busy__wait", {}, brief.caller({ signal: AbortSignal.timeout(2 * idleMs) }));
  await assert.rejects(long, { name: "TimeoutError" });
  await brief.close();
});

test("a server that is written down no more ends behind its last call", async () => {
  const own = await testRoom();
  own.add("leaving", faultyServer("well"));
  await own.mcp.call("mcp__leaving__pid", {}, own.caller());
  const abort = new AbortController();
  const last = own.mcp.call("mcp__leaving__wait", {}, own.caller({ signal: abort.signal }));
  await until(async () => ((await own.mcp.status(own.project))[0]?.calls === 2 ? true : undefined));
  const [status] = await own.mcp.status(own.project);
  own.remove("leaving");
  assert.deepEqual([await own.mcp.status(own.project), alive(status?.pid)], [[], true]);
  abort.abort(new Error("enough"));
  await assert.rejects(last, /enough/);
  await until(async () => (alive(status?.pid) ? undefined : true));
  await own.close();
});

test("a server that is held is not started, and says why", async () => {
  const held = { why: "untrusted", text: "it is not trusted: codex-plus trust" } as const;
  room.add("foreign", faultyServer("well"), { held });
  const result = await mcp.call("mcp__foreign__pid", {}, room.caller());
  assert.deepEqual(
    [result.isError, textOf(result)],
    [true, "foreign is not started: it is not trusted: codex-plus trust"],
  );
  const status = (await mcp.status(project)).find(({ server }) => server.name === "foreign");
  assert.equal(status?.state, "held");
});

test("files and notes: the other real servers", async () => {
  const folder = await mkdtemp(join(tmpdir(), "plus-mcp-files-"));
  await writeFile(join(project, "note.txt"), "what is noted");
  room.add("filesystem", realServer("filesystem", project));
  room.add("memory", { ...realServer("memory"), env: { MEMORY_FILE_PATH: join(folder, "memory.jsonl") } });
  room.add("thinking", realServer("sequential-thinking"));
  const thought = { thought: "well", nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 };
  const results = await Promise.all([
    mcp.call("mcp__filesystem__read_text_file", { path: join(project, "note.txt") }, room.caller()),
    mcp.call("mcp__memory__read_graph", {}, room.caller()),
    mcp.call("mcp__thinking__sequentialthinking", thought, room.caller()),
  ]);
  assert.deepEqual(
    results.map(({ isError }) => isError),
    [undefined, undefined, undefined],
  );
  assert.equal(textOf(results[0] as never), "what is noted");
  await rm(folder, { recursive: true });
});

test("every call is recorded, with how it went", () => {
  const first = records[0];
  assert.deepEqual(
    [first?.call.name, first?.call.input, first?.failed, (first?.at ?? 0) > 0, (first?.ms ?? -1) >= 0],
    ["mcp__everything__get-sum", { a: 2, b: 3 }, false, true, true],
  );
  assert.ok(records.some(({ call, failed }) => call.name === "mcp__watched__die" && failed));
});
