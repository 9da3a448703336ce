/** Servers that hang, crash, flood and lie: what a caller gets, and that nothing of them is left. */
import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, mock, test } from "node:test";
import { alive, faultyServer, testRoom, textOf, until } from "./room.ts";

const room = await testRoom();
const { mcp, project } = room;
after(() => room.close());

async function stateOf(name: string) {
  const all = await mcp.status(project);
  const found = all.find(({ server }) => server.name === name);
  assert.ok(found);
  return found;
}

test("a server that is killed in mid call gives an error, and the next call works at once", async () => {
  room.add("mortal", faultyServer("well"));
  const before = textOf(await mcp.call("mcp__mortal__pid", {}, room.caller()));
  const killed = await mcp.call("mcp__mortal__die", {}, room.caller());
  const behind = await mcp.call("mcp__mortal__pid", {}, room.caller());
  assert.deepEqual(
    [killed.isError, textOf(killed), behind.isError, textOf(behind) === before],
    [true, "mortal has gone: it ended with SIGKILL", undefined, false],
  );
});

test("a kill that many calls die of counts as one failure", async () => {
  room.add("crowded", faultyServer("well"));
  const waiting = [1, 2, 3, 4, 5].map(() => mcp.call("mcp__crowded__wait", {}, room.caller()));
  const [killed, ...others] = await Promise.all([mcp.call("mcp__crowded__die", {}, room.caller()), ...waiting]);
  const all = [killed, ...others].map(textOf);
  assert.deepEqual(all, Array(6).fill("crowded has gone: it ended with SIGKILL"));
  const next = await mcp.call("mcp__crowded__pid", {}, room.caller());
  assert.deepEqual([next.isError, (await stateOf("crowded")).state], [undefined, "ready"]);
});

test("a server that dies of every call is left alone behind the third", async () => {
  room.add("frail", faultyServer("well"));
  const told: string[] = [];
  mock.timers.enable({ apis: ["Date"], now: Date.now() });
  try {
    for (let call = 1; call <= 4; call++) {
      told.push(textOf(await mcp.call("mcp__frail__die", {}, room.caller())));
      mock.timers.tick(5000);
    }
    mock.timers.tick(60_000);
    told.push(textOf(await mcp.call("mcp__frail__die", {}, room.caller())));
    told.push(textOf(await mcp.call("mcp__frail__die", {}, room.caller())));
    mock.timers.tick(60_000);
    const { isError } = await mcp.call("mcp__frail__pid", {}, room.caller());
    assert.equal(isError, undefined);
  } finally {
    mock.timers.reset();
  }
  const gone = "frail has gone: it ended with SIGKILL";
  assert.deepEqual(told, [
    gone,
    gone,
    gone,
    `${gone} (it is left alone for 55 s)`,
    gone,
    `${gone} (it is left alone for 60 s)`,
  ]);
});

test("a server that crashes at its start is told of with its last words", async () => {
  room.add("crashing", faultyServer("crash"));
  await mcp.meet(project, 20_000);
  const { state, error, stderr, offer, pid } = await stateOf("crashing");
  assert.deepEqual(
    { state, error, stderr, offer, pid },
    {
      state: "failed",
      error: "crashing has gone: it ended with exit code 3. Its last words: no such database",
      stderr: ["no such database"],
      offer: undefined,
      pid: undefined,
    },
  );
});

test("a program that does not exist is an error that names it", async () => {
  room.add("absent", { command: "no-such-program-here" });
  await mcp.meet(project, 20_000);
  const { error } = await stateOf("absent");
  assert.equal(error, "absent has gone: it could not be started: spawn no-such-program-here ENOENT");
});

test("a server that hangs at its start is ended when its time is over, with all it has started", async () => {
  const hasty = await testRoom({ startMs: 500 });
  hasty.add("hanging", faultyServer("hang"));
  const meeting = hasty.mcp.meet(hasty.project, 20_000);
  const starting = await until(async () => {
    const [status] = await hasty.mcp.status(hasty.project);
    return status?.pid === undefined ? undefined : status;
  });
  await meeting;
  const [status] = await hasty.mcp.status(hasty.project);
  assert.deepEqual(
    [starting.state, status?.state, status?.error, alive(starting.pid)],
    ["starting", "failed", "hanging did not answer in time", false],
  );
  await hasty.close();
});

test("whoever looks at the tools does not wait for a server that hangs, and closing ends it in mid start", async () => {
  const patient = await testRoom();
  patient.add("hanging", faultyServer("hang"));
  assert.deepEqual(await patient.mcp.tools(patient.project), []);
  const pid = await until(async () => (await patient.mcp.status(patient.project))[0]?.pid);
  await patient.close();
  assert.equal(alive(pid), false);
});

test("a server that was too slow once keeps nobody waiting a second time, and is told of all the same", async () => {
  const one = await testRoom({ patienceMs: 50 });
  one.add("hanging", faultyServer("hang"));
  const first = one.mcp.meet(one.project, 20_000);
  const slow = await until(async () => (await one.mcp.status(one.project)).find((status) => status.slow));
  await one.mcp.meet(one.project, 2 ** 31 - 1);
  const [status] = await one.mcp.status(one.project);
  assert.deepEqual([slow.state, status?.state], ["starting", "starting"]);
  await one.close();
  await first;
});

test("what is printed that is no message does no harm", async () => {
  room.add("greeting", faultyServer("greeting"));
  const first = await mcp.call("mcp__greeting__pid", {}, room.caller());
  const flooded = await mcp.call("mcp__greeting__flood", {}, room.caller());
  assert.deepEqual([first.isError, textOf(flooded)], [undefined, "flooded"]);
});

test("a server that does nothing but flood is ended", async () => {
  room.add("endless", faultyServer("endless"));
  const result = await mcp.call("mcp__endless__pid", {}, room.caller());
  assert.match(textOf(result), /^endless has gone: it floods its standard output with what is no message/);
});

test("a server that asks without end, and reads no answer, is ended", async () => {
  room.add("deaf", faultyServer("well"));
  const result = await mcp.call("mcp__deaf__deaf", {}, room.caller());
  assert.equal(textOf(result), "deaf has gone: it does not read what it is sent");
});

test("a server that shouts on its standard error goes on, and its log stays small", async () => {
  room.add("shouting", faultyServer("well"));
  const result = await mcp.call("mcp__shouting__shout", {}, room.caller());
  const { stderr } = await stateOf("shouting");
  const file = join(room.home, "logs", "mcp", "shouting.log");
  const { size, mode } = await until(() => stat(file).catch(() => undefined));
  assert.deepEqual(
    [
      textOf(result),
      stderr.length <= 20,
      stderr.every((line) => line.length <= 400),
      size < 2 * 1024 ** 2,
      mode & 0o777,
    ],
    ["shouted", true, true, true, 0o600],
  );
});

test("a result beyond the limit is cut, and the model is told", async () => {
  room.add("huge", faultyServer("well"));
  const { content } = await mcp.call("mcp__huge__huge", {}, room.caller());
  const [shown, told] = content.map((block) => (block.type === "text" ? block.text : ""));
  assert.equal(shown, "0123456789".repeat(10_000));
  assert.match(
    told ?? "",
    /^\[Cut: this result has 2,000,000 characters, of which about the first 100,000 are shown\./,
  );
});

test("an answer that is not as MCP has it is an error, and no fault of the connection", async () => {
  room.add("lying", faultyServer("well"));
  const result = await mcp.call("mcp__lying__nonsense", {}, room.caller());
  const { state, retryAt } = await stateOf("lying");
  assert.deepEqual(
    [result.isError, textOf(result), state, retryAt],
    [true, "lying gave an answer that is not as MCP has it", "ready", undefined],
  );
});

test("what a server refuses is told in its words", async () => {
  room.add("refusing", faultyServer("well"));
  const results = await Promise.all([1, 2, 3, 4].map(() => mcp.call("mcp__refusing__refuse", {}, room.caller())));
  const { state, retryAt } = await stateOf("refusing");
  assert.deepEqual(
    [results.map(textOf), state, retryAt],
    [Array(4).fill("refusing says: MCP error -32603: not today"), "ready", undefined],
  );
});

test("a list that pages for ever ends, and one that never comes holds no call up", async () => {
  room.add("paging", faultyServer("pages"));
  await mcp.meet(project, 20_000);
  const { offer } = await stateOf("paging");
  assert.equal(offer?.tools.length, 200);
  const hasty = await testRoom({ startMs: 1000 });
  hasty.add("unlisted", faultyServer("unlisted"));
  await hasty.mcp.meet(hasty.project, 20_000);
  const [status] = await hasty.mcp.status(hasty.project);
  assert.deepEqual([status?.state, status?.error], ["ready", "unlisted did not answer in time"]);
  await hasty.close();
});

test("a call that takes longer than its server's timeout is an error, and the server hears of it", async () => {
  room.add("slow", { ...faultyServer("well"), timeoutMs: 1000 });
  const result = await mcp.call("mcp__slow__wait", {}, room.caller());
  assert.deepEqual([result.isError, textOf(result)], [true, "slow did not answer in time"]);
  await until(async () => (await stateOf("slow")).stderr.find((line) => line.startsWith("cancelled")));
});

test("an abort of the caller reaches the server and comes back as the caller's own reason", async () => {
  room.add("patient", faultyServer("well"));
  await mcp.call("mcp__patient__pid", {}, room.caller());
  const abort = new AbortController();
  const call = mcp.call("mcp__patient__wait", {}, room.caller({ signal: abort.signal }));
  await until(async () => ((await stateOf("patient")).calls === 2 ? true : undefined));
  const reason = new Error("no longer wanted");
  abort.abort(reason);
  await assert.rejects(call, reason);
  await until(async () => (await stateOf("patient")).stderr.find((line) => line.startsWith("cancelled")));
  assert.equal((await stateOf("patient")).state, "ready");
});

test("closing ends the whole process group, of one that ignores all requests to end, too", async () => {
  const other = await testRoom();
  other.add("stubborn", faultyServer("stubborn"));
  const pid = Number(textOf(await other.mcp.call("mcp__stubborn__pid", {}, other.caller())));
  const child = Number(textOf(await other.mcp.call("mcp__stubborn__child", {}, other.caller())));
  assert.deepEqual([alive(pid), alive(child)], [true, true]);
  await other.mcp.close();
  await until(async () => (alive(child) ? undefined : true));
  assert.equal(alive(pid), false);
  const log = await readFile(join(other.home, "logs", "mcp", "stubborn.log"), "utf8");
  assert.match(log, /it ended with SIGKILL/);
  await other.close();
});
