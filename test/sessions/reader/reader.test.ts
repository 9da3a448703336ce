import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { CodexPlusError } from "../../../src/errors.ts";
import type { Blob, ThreadFacts } from "../../../src/sessions/ledger.ts";
import { MIGRATIONS } from "../../../src/sessions/sqlite/schema.ts";
import { assistant, call, leg, message, output, thread, user } from "../writer/legs.ts";
import { library } from "./library.ts";

const usage = { input: 100, cached: 80, output: 10, reasoning: 5 };
const limits = [{ name: "primary", usedPercent: 12, windowMinutes: 300, resetsAt: 1_800_000_000 }];
const picture: Blob = { hash: "ab".repeat(32), mediaType: "image/png", size: 3, bytes: new Uint8Array([1, 2, 3]) };
const facts: ThreadFacts = thread("t", {
  client: "codex-tui",
  clientVersion: "0.60.1",
  provider: "openai",
  cwd: "/home/dev/project",
  commit: "abc",
  model: "gpt-5.1-codex",
  effort: "high",
});

const CONVERSATION = [
  leg("1", {
    thread: facts,
    turn: "turn-1",
    begins: true,
    trigger: "user",
    model: "gpt-5.1-codex",
    effort: "high",
    firstByteMs: 250,
    ms: 1000,
    status: 200,
    responseId: "resp_1",
    usage,
    limits,
    asked: [message("user", "fix it", { id: "m1", blobs: [picture] })],
    answered: [call("c1", "exec_command", "f1")],
  }),
  leg("2", {
    thread: facts,
    turn: "turn-1",
    started: 3000,
    ms: 500,
    usage,
    asked: [output("c1", "x".repeat(5000), "o1")],
    answered: [assistant("done", "m2")],
  }),
  leg("3", {
    thread: facts,
    turn: "turn-2",
    begins: true,
    started: 5000,
    ms: 10,
    state: "failed",
    error: { code: "server_error", message: "no" },
    asked: [user("again", "m3")],
  }),
];

describe("a reader", () => {
  test("gives a thread, its turns and its items as they were told", (context) => {
    const { reader } = library(context, CONVERSATION);
    const row = {
      ...facts,
      prompt: "fix it",
      created: 1000,
      used: 5010,
      turns: 2,
      errors: 1,
      usage: { input: 200, cached: 160, output: 20, reasoning: 10 },
      below: 0,
    };
    assert.deepEqual(reader.thread("t"), row);
    assert.deepEqual(reader.threads({}), [row]);
    assert.deepEqual(
      [...reader.turns("t")],
      [
        {
          n: 1,
          thread: "t",
          id: "turn-1",
          position: 1,
          trigger: "user",
          kind: "turn",
          model: "gpt-5.1-codex",
          effort: "high",
          started: 1000,
          firstByteMs: 250,
          ms: 2500,
          state: "completed",
          local: false,
          usage: row.usage,
          limits,
          legs: [
            {
              n: 1,
              key: "1",
              kind: "turn",
              wire: "sse",
              trigger: "user",
              model: "gpt-5.1-codex",
              effort: "high",
              started: 1000,
              firstByteMs: 250,
              ms: 1000,
              state: "completed",
              status: 200,
              local: false,
              dropped: false,
              responseId: "resp_1",
              usage,
            },
            {
              n: 2,
              key: "2",
              kind: "turn",
              wire: "sse",
              started: 3000,
              ms: 500,
              state: "completed",
              local: false,
              dropped: false,
              usage,
            },
          ],
        },
        {
          n: 2,
          thread: "t",
          id: "turn-2",
          position: 2,
          kind: "turn",
          started: 5000,
          ms: 10,
          state: "failed",
          local: false,
          usage: { input: 0, cached: 0, output: 0, reasoning: 0 },
          error: { code: "server_error", message: "no" },
          legs: [
            {
              n: 3,
              key: "3",
              kind: "turn",
              wire: "sse",
              started: 5000,
              ms: 10,
              state: "failed",
              local: false,
              dropped: false,
              error: { code: "server_error", message: "no" },
            },
          ],
        },
      ],
    );
    const item = { turn: 1, leg: 1, type: "message", role: "user", out: false, partial: false, at: 1000 } as const;
    assert.deepEqual(
      [...reader.items("t")],
      [
        { ...item, n: 1, id: "m1", text: "fix it", body: message("user", "fix it", { id: "m1" }).body },
        {
          ...item,
          n: 2,
          id: "f1",
          type: "function_call",
          role: "tool",
          tool: "exec_command",
          callId: "c1",
          text: "exec_command c1",
          body: call("c1", "exec_command", "f1").body,
          out: true,
          at: 2000,
        },
        {
          ...item,
          n: 3,
          leg: 2,
          id: "o1",
          type: "function_call_output",
          role: "tool",
          tool: "exec_command",
          callId: "c1",
          text: "x".repeat(5000),
          body: output("c1", "x".repeat(5000), "o1").body,
          at: 3000,
        },
        {
          ...item,
          n: 4,
          leg: 2,
          id: "m2",
          role: "assistant",
          text: "done",
          body: assistant("done", "m2").body,
          out: true,
          at: 3500,
        },
        { ...item, n: 5, turn: 2, leg: 3, id: "m3", text: "again", body: user("again", "m3").body, at: 5000 },
      ],
    );
    assert.deepEqual(
      [...reader.items("t", 2)].map(({ n }) => n),
      [5],
    );
    assert.deepEqual([...reader.items("t", null)], []);
    assert.deepEqual(reader.blob(picture.hash), picture);
    assert.equal(reader.blob("cd".repeat(32)), undefined);
    assert.deepEqual(reader.limits(), limits);
  });

  test("gives what came before the first turn", (context) => {
    const { reader } = library(context, [leg("w", { kind: "warmup", asked: [user("early", "m1")] })]);
    assert.deepEqual(
      [...reader.items("t", null)].map(({ text, turn }) => [text, turn]),
      [["early", undefined]],
    );
    assert.deepEqual([...reader.turns("t")], []);
  });

  test("knows nothing while there is no file, and all as soon as it is there", (context) => {
    const { reader, writer } = library(context);
    assert.deepEqual(
      [
        reader.threads({}),
        reader.thread("t"),
        [...reader.turns("t")],
        [...reader.items("t")],
        reader.search("a", {}),
        reader.stats("day", {}),
        reader.limits(),
      ],
      [[], undefined, [], [], [], [], []],
    );
    writer.append(CONVERSATION);
    assert.equal(reader.threads({}).length, 1);
  });

  test("follows a file that takes another's place", (context) => {
    const { path, reader, writer } = library(context, CONVERSATION);
    assert.equal(reader.thread("t")?.id, "t");
    writer.close();
    for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
    assert.equal(reader.thread("t"), undefined);
    writer.append([leg("1", { thread: thread("u"), turn: "a", begins: true })]);
    assert.deepEqual(
      reader.threads({}).map(({ id }) => id),
      ["u"],
    );
  });

  test("makes an older file new, and refuses a newer one and one that is no database", (context) => {
    const { path, reader } = library(context);
    const db = new DatabaseSync(path);
    db.exec(`${MIGRATIONS[0]}; PRAGMA user_version = 1`);
    db.close();
    assert.deepEqual(reader.threads({}), []);
    reader.close();

    const newer = new DatabaseSync(path);
    newer.exec("PRAGMA user_version = 1000");
    newer.close();
    const unusable = (error: unknown): boolean => error instanceof CodexPlusError && error.code === "CP_FILE_UNUSABLE";
    assert.throws(() => reader.threads({}), unusable);
    for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
    writeFileSync(path, "no database ".repeat(1000));
    assert.throws(() => reader.threads({}), unusable);
  });

  test("reads one snapshot while others write", (context) => {
    const { reader, writer } = library(context, CONVERSATION);
    const items = reader.items("t");
    assert.equal(items.next().value?.n, 1);
    assert.equal(reader.search("again", {}).length, 1);
    writer.append([leg("4", { turn: "turn-3", begins: true, started: 9000, asked: [user("later", "m9")] })]);
    assert.deepEqual(
      [...items].map(({ n }) => n),
      [2, 3, 4, 5],
    );
    assert.equal([...reader.items("t")].length, 6);
  });

  test("finds threads by how their ids begin, and what stands below them", (context) => {
    const below = (id: string, parent: string, started: number, kind: ThreadFacts["kind"] = "subagent") =>
      leg(id, { thread: thread(id, { kind, root: "abc", parent }), turn: id, begins: true, started });
    const { reader } = library(context, [
      leg("abc", { thread: thread("abc"), turn: "abc", begins: true, started: 1000 }),
      leg("abd", { thread: thread("abd"), turn: "abd", begins: true, started: 2000 }),
      below("s1", "abc", 4000),
      below("s2", "s1", 5000),
      below("s0", "abc", 3000, "title"),
    ]);
    const ids = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);
    assert.deepEqual(ids(reader.find("ab", 9)), ["abd", "abc"]);
    assert.deepEqual(ids(reader.find("ab", 1)), ["abd"]);
    assert.deepEqual(ids(reader.find("b", 9)), []);
    assert.deepEqual(ids(reader.find("", 2)), ["s2", "s1"]);
    assert.deepEqual(ids(reader.below("abc")), ["s0", "s1", "s2"]);
    assert.deepEqual(ids(reader.below("s1")), ["s2"]);
    assert.deepEqual([reader.thread("abc")?.below, reader.thread("s1")?.below, reader.thread("s2")?.below], [3, 1, 0]);
    assert.deepEqual(ids(reader.threads({})), ["abd", "abc"]);
    assert.deepEqual(ids(reader.threads({ kinds: ["title", "user"], limit: 2 })), ["s0", "abd"]);
  });

  test("lists threads by folder, time, model and client, all at once", (context) => {
    const one = (id: string, started: number, more: Partial<ThreadFacts>) =>
      leg(id, { thread: thread(id, more), turn: id, begins: true, started, ms: 100 });
    const { reader } = library(context, [
      one("a", 1000, { cwd: "/p", model: "gpt-5.1-codex", client: "codex-tui" }),
      one("b", 2000, { cwd: "/p/sub", model: "gpt-5.1", client: "codex_exec" }),
      one("c", 3000, { cwd: "/p2", model: "gpt-5.1-codex" }),
      one("d", 4000, { cwd: "C:\\p\\sub" }),
      one("e", 5000, {}),
    ]);
    const filters = [
      [{ cwd: "/p" }, "ba"],
      [{ cwd: "/p/" }, "ba"],
      [{ cwd: "/" }, "cba"],
      [{ cwd: "C:\\p" }, "d"],
      [{ model: "CODEX" }, "ca"],
      [{ client: "tui" }, "a"],
      [{ since: 3050 }, "edc"],
      [{ before: 3000 }, "ba"],
      [{ since: 2000, before: 4000 }, "cb"],
      [{ cwd: "/p", model: "codex", since: 1000, before: 2000, client: "codex" }, "a"],
      [{ cwd: "%" }, ""],
      [{ limit: 2 }, "ed"],
    ] as const;
    for (const [filter, ids] of filters) {
      assert.equal(
        reader
          .threads(filter)
          .map(({ id }) => id)
          .join(""),
        ids,
        JSON.stringify(filter),
      );
    }
  });
});
