import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { ItemFacts, Leg } from "../../../src/sessions/ledger.ts";
import { openDatabase } from "../../../src/sessions/sqlite/database.ts";
import { sqliteWriter } from "../../../src/sessions/sqlite/writer.ts";
import { ledgerOf, told } from "./ledger.ts";
import { assistant, leg, message, thread, user } from "./legs.ts";

const folder = mkdtempSync(join(tmpdir(), "codex-plus-removal-"));
after(() => rmSync(folder, { recursive: true }));

const LONG = "a long story ".repeat(200);
const picture = (name: string) => ({
  hash: Buffer.from(name.padEnd(32)).toString("hex"),
  mediaType: "image/png",
  size: 3,
  bytes: Buffer.from("png"),
});
const long = (id: string, pictures: readonly string[]): ItemFacts =>
  message("user", LONG, {
    id,
    body: JSON.stringify({ id, text: LONG }),
    blobs: pictures.map(picture),
  });

interface Left {
  readonly texts: number;
  readonly blobs: readonly { readonly hash: string }[];
  readonly threads: readonly { readonly id: string; readonly kind: string; readonly turns_: readonly unknown[] }[];
}
const left = (path: string) => {
  const { texts, blobs, threads } = ledgerOf(path) as unknown as Left;
  return {
    threads: threads.map(({ id }) => id),
    texts,
    pictures: blobs.map(({ hash }) => Buffer.from(hash, "hex").toString().trim()),
  };
};

test("a thread goes with all below it, and with what no other needs", () => {
  const path = join(folder, "below.db");
  const writer = sqliteWriter(path);
  const below = { root: "r", parent: "r" };
  writer.append([
    leg("1", {
      thread: thread("r"),
      turn: "u",
      asked: [long("1", ["own", "shared"]), message("user", `${LONG}!`, { id: "2", body: `"${LONG}!"` })],
    }),
    leg("2", { thread: thread("s", { kind: "subagent", ...below }), turn: "u", asked: [user("sub")] }),
    leg("3", { thread: thread("d", { kind: "subagent", root: "r", parent: "s" }), turn: "u", asked: [user("deep")] }),
    leg("4", { thread: thread("o"), turn: "u", asked: [long("1", ["shared"])] }),
    leg("5", {
      thread: thread("cp_x", { client: "c" }),
      begins: true,
      asked: [user("hi")],
      answered: [assistant("ho")],
    }),
  ]);
  assert.equal(writer.remove(["s"]), 2, "a sub-agent with its own");
  assert.deepEqual(left(path), { threads: ["cp_x", "o", "r"], texts: 2, pictures: ["own", "shared"] });
  assert.equal(writer.remove(["r", "cp_x", "nobody"]), 2);
  assert.deepEqual(left(path), { threads: ["o"], texts: 1, pictures: ["shared"] });
  assert.deepEqual(told(path, "o"), [[`user ${LONG}`]]);
  writer.append([leg("6", { thread: thread("r"), turn: "u", asked: [user("again", "1")] })]);
  assert.deepEqual(told(path, "r"), [["user again"]], "a thread that goes on begins anew");
  assert.equal(writer.remove(["o", "r"]), 2);
  assert.deepEqual(left(path), { threads: [], texts: 0, pictures: [] });
  writer.close();
});

test("a fork keeps what it has of a thread that goes, and no more", () => {
  const path = join(folder, "fork.db");
  const writer = sqliteWriter(path);
  const past = [user("one", "1"), assistant("uno", "2")];
  const fork = thread("f", { forkedFrom: "p" });
  writer.append([
    leg("1", { thread: thread("p"), turn: "u1", asked: past.slice(0, 1), answered: past.slice(1) }),
    leg("2", { thread: thread("p"), turn: "u2", asked: [...past, user("two", "3")], started: 2000 }),
    leg("3", { thread: fork, turn: "u3", asked: [...past, user("other", "4")], started: 3000 }),
  ]);
  assert.equal(writer.remove(["p"]), 1);
  assert.deepEqual(left(path).threads, ["f", "removed:1"]);
  assert.deepEqual(told(path, "removed:1"), [["user one", "assistant uno"]]);
  // The client still tells the name it knows.
  writer.append([
    leg("4", { thread: fork, turn: "u4", asked: [...past, user("other", "4"), user("more", "5")], started: 4000 }),
  ]);
  assert.deepEqual(told(path, "f"), [["user other"], ["user more"]]);
  assert.equal(writer.remove(["f"]), 1);
  assert.deepEqual(left(path).threads, []);
  writer.close();
});

test("what nobody has gone on with goes, unless something below it or a fork of it has been", () => {
  const path = join(folder, "prune.db");
  const writer = sqliteWriter(path);
  const at = (id: string, started: number, more: Partial<Leg["thread"]> = {}) =>
    leg(id, { thread: thread(id, more), turn: "u", asked: [user(id, "1")], started });
  writer.append([
    at("old", 1000),
    at("old-sub", 1500, { kind: "subagent", root: "old", parent: "old" }),
    at("busy", 1000),
    at("busy-sub", 9000, { kind: "subagent", root: "busy", parent: "busy" }),
    at("origin", 1000),
    at("fork", 1000, { forkedFrom: "origin" }),
    at("fork-of-fork", 9000, { forkedFrom: "fork" }),
    at("old-fork", 1000, { forkedFrom: "origin" }),
    at("new", 9000),
  ]);
  assert.equal(writer.prune(5000), 3);
  assert.deepEqual(left(path).threads, ["busy", "busy-sub", "fork", "fork-of-fork", "new", "origin"]);
  assert.equal(writer.prune(5000), 0);
  assert.equal(writer.prune(9001), 6);
  assert.deepEqual(left(path).threads, []);
  writer.close();
});

test("a removal that was cut short is ended by the next", () => {
  const path = join(folder, "cut.db");
  const writer = sqliteWriter(path);
  const items = Array.from({ length: 250 }, (_, i) => user(`words ${i}`, `${i}`));
  writer.append([
    leg("1", { thread: thread("a"), turn: "u", asked: items }),
    leg("2", { thread: thread("b"), turn: "u" }),
  ]);
  writer.close();
  let transactions = 0;
  const cut = sqliteWriter(path, {
    open(path, options) {
      const db = openDatabase(path, options);
      const exec = db.exec.bind(db);
      db.exec = (sql) => {
        if (sql === "BEGIN IMMEDIATE" && transactions++ === 2) throw new Error("killed");
        exec(sql);
      };
      return db;
    },
  });
  assert.throws(() => cut.remove(["a"]), /killed/);
  cut.close();
  assert.deepEqual(left(path).threads, ["b", "removed:1"], "it is out of sight from the first moment");
  assert.equal(writer.remove([]), 0);
  assert.deepEqual(left(path).threads, ["b"]);
  writer.close();
});
