/** When legs are written, and what becomes of them while the store does not take them. */
import assert from "node:assert/strict";
import test, { suite, type TestContext } from "node:test";
import { CodexPlusError } from "../../../src/errors.ts";
import type { Leg } from "../../../src/sessions/ledger.ts";
import type { FromWorker } from "../../../src/sessions/recorder/notes.ts";
import { Scribe } from "../../../src/sessions/recorder/scribe.ts";
import { type Json, notesOf } from "./notes.ts";
import { body, completed, prompt } from "./words.ts";

/** A scribe with a store that fails as it is told to. */
function desk(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const said: FromWorker[] = [];
  const written: string[][] = [];
  const store = { fails: (_legs: readonly Leg[]): Error | undefined => undefined, closed: 0 };
  const scribe = new Scribe(
    { run: "run", blobBytes: 1000 },
    {
      append(entries) {
        const legs = entries as readonly Leg[];
        const error = store.fails(legs);
        if (error !== undefined) throw error;
        written.push(legs.map(({ key, state, asked }) => `${key} ${state} ${asked.length}`));
      },
      remove: () => 0,
      prune: () => 0,
      close: () => {
        store.closed += 1;
      },
    },
    (message) => said.push(message),
  );
  const tell = (id: string, request: Json = body([prompt])): void =>
    scribe.notes(notesOf({ id, request, answer: [completed()] }), 1);
  /** What it has said, but for what was taken. */
  const told = (): FromWorker[] => said.filter(({ what }) => what !== "taken");
  return { scribe, store, said, written, tell, told, wait: (ms: number) => t.mock.timers.tick(ms) };
}

const busy = new CodexPlusError("CP_FILE_UNUSABLE", "plus.db: database is locked");

suite("The scribe", () => {
  test("writes a leg when its request has arrived, and once more when it has ended", (t) => {
    const { scribe, written, said } = desk(t);
    const [begun, ...rest] = notesOf({ request: body([prompt]), answer: [completed()] });
    assert.ok(begun);
    scribe.notes([begun], 100);
    scribe.notes(rest, 20);
    assert.deepEqual(written, [["run/r1 open 1"], ["run/r1 completed 1"]]);
    assert.deepEqual(said, [
      { what: "taken", size: 100 },
      { what: "taken", size: 20 },
    ]);
  });

  test("writes what came in one batch at once, each leg as it was last", (t) => {
    const { scribe, written } = desk(t);
    scribe.notes(
      [...notesOf({ id: "a", request: body([prompt]) }), ...notesOf({ id: "b", request: body([prompt]) })],
      1,
    );
    assert.deepEqual(written, [["run/a cut 1", "run/b cut 0"]]);
  });

  test("does not trouble the store where there is nothing to write", (t) => {
    const { scribe, written } = desk(t);
    scribe.notes([], 5);
    assert.deepEqual(written, []);
  });

  test("keeps legs while the store fails, tries again, and tells of both once", (t) => {
    const { store, written, tell, told, wait } = desk(t);
    store.fails = () => busy;
    tell("a");
    tell("b");
    wait(100);
    wait(200);
    assert.deepEqual(told(), [{ what: "store", ok: false, reason: busy.message }]);
    store.fails = () => undefined;
    wait(400);
    assert.deepEqual(written, [["run/a completed 1", "run/b completed 0"]]);
    assert.deepEqual(told().slice(1), [{ what: "store", ok: true }]);
  });

  test("gives up the oldest when too many wait, and tells later legs all that the lost ones told", (t) => {
    const { scribe, store, written, told, wait } = desk(t);
    store.fails = () => busy;
    const many = Array.from({ length: 5001 }, (_, index) =>
      notesOf({ id: `${index}`, request: body([prompt]) }).slice(0, 1),
    );
    scribe.notes(many.flat(), 1);
    assert.deepEqual(told(), [
      { what: "store", ok: false, reason: busy.message },
      { what: "lost", legs: 1 },
    ]);
    store.fails = () => undefined;
    wait(100);
    scribe.notes(notesOf({ id: "next", request: body([prompt]) }), 1);
    assert.deepEqual([written[0]?.length, written[0]?.[0], written[1]], [5000, "run/1 open 0", ["run/next cut 1"]]);
  });

  test("loses a leg that cannot be written, and no other", (t) => {
    const { scribe, store, written, told } = desk(t);
    store.fails = (legs) => (legs.some(({ key }) => key === "run/b") ? new TypeError("a mistake") : undefined);
    scribe.notes(
      ["a", "b", "c"].flatMap((id) => notesOf({ id, request: body([]) })),
      1,
    );
    assert.deepEqual(written, [["run/a cut 0"], ["run/c cut 0"]]);
    assert.deepEqual(told(), [{ what: "lost", legs: 1, reason: "a mistake" }]);
  });

  test("answers a flush when all is written", (t) => {
    const { scribe, tell, told } = desk(t);
    tell("a");
    scribe.flush(7);
    assert.deepEqual(told(), [{ what: "flushed", ticket: 7 }]);
  });

  test("lets a flush wait for a store that fails for a moment, and no longer", (t) => {
    const { scribe, store, tell, told, wait } = desk(t);
    const flushed = (): FromWorker[] => told().filter(({ what }) => what === "flushed");
    store.fails = () => busy;
    tell("a");
    scribe.flush(1);
    assert.deepEqual(flushed(), []);
    wait(200);
    assert.deepEqual(flushed(), []);
    wait(400);
    assert.deepEqual(flushed(), [{ what: "flushed", ticket: 1 }]);
  });

  test("tells anew what another file does not hold", (t) => {
    const { scribe, written, tell } = desk(t);
    tell("a");
    tell("b");
    scribe.forget();
    tell("c");
    assert.deepEqual(written, [["run/a completed 1"], ["run/b completed 0"], ["run/c completed 1"]]);
  });

  test("tries once more when it ends, and tells what is lost", (t) => {
    const { scribe, store, tell, told } = desk(t);
    store.fails = () => busy;
    tell("a");
    scribe.flush(1);
    scribe.close();
    assert.deepEqual(told().slice(1), [
      { what: "lost", legs: 1 },
      { what: "flushed", ticket: 1 },
    ]);
    assert.equal(store.closed, 1);
  });

  test("passes over notes of a request whose beginning it does not know", (t) => {
    const { scribe, written, told } = desk(t);
    scribe.notes(notesOf({ request: body([prompt]) }).slice(1), 1);
    assert.deepEqual([written, told()], [[], []]);
  });
});
