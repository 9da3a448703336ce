/** A recorder that cannot keep up, or whose worker fails: turns do not notice, and what is missing is told. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import test, { suite } from "node:test";
import { promisify } from "node:util";
import { createLogger } from "../../src/log.ts";
import { Recorder } from "../../src/sessions/recorder/index.ts";
import { DONE, desk, ended, headOf, tapOf, turn, turnNotes, wsFrame } from "./desk.ts";

const b = Buffer.from;
const KILO = "x".repeat(1024);
const level = (log: readonly { readonly [field: string]: unknown }[], least: number): unknown[] =>
  log.filter((line) => Number(line.level) >= least).map(({ msg }) => msg);

suite("A full queue", { timeout: 20_000 }, () => {
  test("drops bodies and keeps the facts; when there is room again bodies are kept again", async (t) => {
    const at = desk(t, "holds", 10 * 1024);
    turn(at, "1", KILO);
    turn(at, "2", KILO.repeat(9));
    await at.flush();
    const [begun, ...rest] = turnNotes("2");
    assert.deepEqual(
      [at.notes, at.recorder.status()],
      [
        [
          ...turnNotes("1", KILO),
          { ...(begun as object), body: undefined },
          ...rest.slice(0, -1),
          ended("2", { dropped: true }),
        ],
        { trouble: undefined, legs: 0, dropped: 1, lost: 0, queueBytes: 2 * 4096 + 1024 + 2 * 6 },
      ],
    );
    await at.say({ what: "taken", size: 2 * 4096 + 1024 + 2 * 6 });
    turn(at, "3", KILO);
    await at.flush();
    assert.deepEqual([at.notes.slice(8), at.recorder.status().legs], [turnNotes("3", KILO), 2]);
  });

  test("keeps nothing of an answer behind a gap, but whole events on either side of one", async (t) => {
    const at = desk(t, "quick", 12 * 1024);
    const [relayed, seen] = [tapOf(at, "1"), tapOf(at, "2", { wire: "ws" })];
    relayed.arrived();
    seen.arrived();
    for (const piece of ["a", KILO.repeat(9), "b"]) relayed.bytes(b(piece));
    for (const type of ["a", KILO.repeat(9), "b"]) seen.frame(wsFrame({ type }));
    relayed.end(DONE);
    seen.end(DONE);
    await at.flush();
    assert.deepEqual(
      at.notes.filter((note) => (note as { what: string }).what !== "begun"),
      [
        { what: "bytes", id: "1", bytes: "a" },
        ended("1", { dropped: true }),
        { what: "events", id: "2", events: ['{"type":"a"}', '{"type":"b"}'] },
        ended("2", { dropped: true }),
      ],
    );
  });

  test("tells the conversation of a socket's request whose body is missing, not that of the socket's first", async (t) => {
    const at = desk(t, "quick", 1024);
    const headers = [
      ...["user-agent", "codex/1", "thread-id", "old", "session-id", "old", "x-codex-turn-metadata", "{}"],
      ...["x-codex-window-id", "old:0"],
    ];
    const tap = tapOf(at, "1", { wire: "ws", thread: "new", headers });
    tap.asked(b(KILO.repeat(2)));
    tap.arrived();
    tap.end(DONE);
    await at.flush();
    assert.deepEqual(at.notes[0], {
      ...(turnNotes("1")[0] as object),
      wire: "ws",
      headers: ["user-agent", "codex/1", "thread-id", "new"],
      body: undefined,
    });
  });

  test("is not let grow by facts alone: what comes then is counted as lost", async (t) => {
    const at = desk(t, "holds", 1024 * 4);
    for (const id of ["1", "2", "3"]) turn(at, id, "");
    assert.equal(at.recorder.tap(headOf(), { id: "4", provider: "chatgpt" }), undefined);
    assert.equal(at.recorder.status().lost, 1);
  });
});

suite("A worker that dies", { timeout: 20_000 }, () => {
  test("takes along what it had not done with, and what was under way; what follows is recorded by the next", async (t) => {
    const at = desk(t, "holds");
    turn(at, "1");
    const open = tapOf(at, "2");
    open.arrived();
    await at.flush();
    at.die();
    await at.until(() => level(at.log, 50).length === 2);
    assert.deepEqual(at.recorder.status(), {
      trouble: "the recorder's worker has ended: it has ended by itself",
      legs: 0,
      dropped: 0,
      lost: 2,
      queueBytes: 0,
    });
    open.bytes(b("late"));
    open.end(DONE);
    turn(at, "3");
    await at.until(() => at.notes.length === 9);
    assert.deepEqual(at.notes.slice(5), turnNotes("3"));
    await at.say({ what: "taken", size: at.recorder.status().queueBytes });
    assert.deepEqual(
      [at.recorder.status(), at.log.filter(({ level }) => Number(level) >= 30).map(({ msg }) => msg)],
      [
        { trouble: undefined, legs: 1, dropped: 0, lost: 2, queueBytes: 0 },
        [
          "requests are not recorded: the recorder has ended",
          "what passes is not recorded for now; turns go on",
          "what passes is recorded again",
        ],
      ],
    );
  });

  test("at once, every time, is told of once; nothing waits for it", async (t) => {
    const lines: string[] = [];
    const log = createLogger("info", { write: (line) => void lines.push(line) });
    const worker = new URL("./no-such-file.ts", import.meta.url);
    const recorder = new Recorder({ path: "", queueBytes: 1024, blobBytes: 1, log, worker });
    t.after(() => recorder.close());
    for (const id of ["1", "2"]) {
      const tap = recorder.tap(headOf(), { id, provider: "p" });
      tap?.arrived();
      tap?.end(DONE);
      await recorder.flush();
      // The second waits until the worker may be begun again.
      while (recorder.status().lost < Number(id)) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const trouble = lines.filter((line) => line.includes("for now")).length;
    assert.deepEqual([trouble, recorder.status().queueBytes, recorder.status().lost], [1, 0, 2]);
  });
});

suite("A store that fails", { timeout: 20_000 }, () => {
  test("is told of once for every change, with what was lost and what was set aside", async (t) => {
    const at = desk(t);
    turn(at, "1");
    await at.flush();
    const states: unknown[] = [];
    for (const message of [
      { what: "store", ok: false, reason: "disk full" },
      { what: "store", ok: false, reason: "disk full" },
      { what: "lost", legs: 3 },
      { what: "store", ok: true, setAside: "plus.db.broken" },
      { what: "store", ok: true },
    ] as const) {
      await at.say(message);
      const { trouble, lost } = at.recorder.status();
      states.push([trouble, lost]);
    }
    assert.deepEqual(
      [states, level(at.log, 30)],
      [
        [
          ["disk full", 0],
          ["disk full", 0],
          ["disk full", 3],
          [undefined, 3],
          [undefined, 3],
        ],
        [
          "what passes is not recorded for now; turns go on",
          "requests are not recorded: the store has failed for too long",
          "the database was broken: it has been set aside and a new one begun",
          "what passes is recorded again",
        ],
      ],
    );
  });
});

suite("The recorder's end", { timeout: 20_000 }, () => {
  test("comes when all is written, and nothing is shown behind it", async (t) => {
    const at = desk(t);
    turn(at, "1");
    await at.recorder.close();
    await at.until(() => at.notes.length === 4);
    assert.deepEqual(
      [at.notes, at.recorder.tap(headOf(), { id: "2", provider: "p" }), at.recorder.status().legs],
      [turnNotes("1"), undefined, 1],
    );
    await at.recorder.close();
  });

  test("begins nothing anew for a request that is over only then", async (t) => {
    const at = desk(t);
    const late = tapOf(at, "1");
    await at.recorder.close();
    late.asked(b("ask"));
    late.arrived();
    late.bytes(b("answer"));
    late.end(DONE);
    await at.recorder.flush();
    assert.deepEqual(at.recorder.status(), { trouble: undefined, legs: 0, dropped: 0, lost: 0, queueBytes: 0 });
  });

  for (const what of ["flush", "close"] as const) {
    test(`and a flush wait for a worker that does nothing only so long (${what})`, async (t) => {
      const at = desk(t, "deaf");
      turn(at, "1");
      await at.until(() => at.notes.length > 0);
      t.mock.timers.enable({ apis: ["setTimeout"] });
      const over = at.recorder[what]();
      t.mock.timers.tick(5000);
      await over;
      assert.equal(at.recorder.status().lost, what === "close" ? 1 : 0);
    });
  }

  test("is not what a process waits for", async () => {
    const program = `
      import { Recorder } from "./src/sessions/recorder/index.ts";
      import { createLogger } from "./src/log.ts";
      const worker = new URL("./test/recorder/stand-in.ts", "file://" + process.cwd() + "/");
      const recorder = new Recorder({ path: "deaf", queueBytes: 1024, blobBytes: 1, log: createLogger("silent"), worker });
      const head = { wire: "sse", kind: "main", thread: "", turn: "", parents: [], method: "", path: "", headers: [] };
      recorder.tap(head, { id: "1", provider: "" }).arrived();
      setTimeout(() => console.log("over"), 100);`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
    assert.equal(stdout, "over\n");
  });
});
