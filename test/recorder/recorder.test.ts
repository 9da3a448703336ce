/** What the recorder makes of what it is shown: whole notes in order, nothing that logs in, and what a stream told last. */
import assert from "node:assert/strict";
import test, { suite } from "node:test";
import { CodexPlusError } from "../../src/errors.ts";
import { DONE, desk, ended, tapOf, turn, turnNotes, wsFrame } from "./desk.ts";

const b = Buffer.from;
const CREATED = wsFrame({ type: "response.created", response: { id: "r" } });
const ADDED = wsFrame({ type: "response.output_item.added", item: { id: "m" } });
const delta = (text: string) => wsFrame({ type: "response.output_text.delta", delta: text });
const ITEM = wsFrame({ type: "response.output_item.done", item: { id: "m" } });
const COMPLETED = wsFrame({ type: "response.completed", response: { id: "r" } });
const texts = (...frames: ReturnType<typeof wsFrame>[]): string[] => frames.map(({ raw }) => `${raw}`);
const of = (notes: readonly unknown[], what: string): unknown[] =>
  notes.filter((note) => (note as { what: string }).what === what);

suite("The recorder", { timeout: 20_000 }, () => {
  test("tells of a relayed turn in few notes, however many its pieces", async (t) => {
    const at = desk(t);
    const tap = tapOf(at, "1", {
      headers: ["Authorization", "Bearer secret", "Cookie", "c", "ChatGPT-Account-Id", "a", "User-Agent", "codex/1"],
    });
    for (const piece of ["as", "k", "ed"]) tap.asked(b(piece));
    tap.arrived();
    tap.answered(200, ["Content-Type", "text/event-stream", "Set-Cookie", "c", "x-codex-primary-used-percent", "12"]);
    for (const piece of ["da", "", "ta"]) tap.bytes(b(piece));
    tap.end({ close: "failed", local: true, error: new CodexPlusError("CP_INTERNAL", "boom") });
    await at.flush();
    assert.deepEqual(at.notes, [
      {
        what: "begun",
        id: "1",
        wire: "sse",
        provider: "chatgpt",
        path: "/responses",
        at: "number",
        headers: ["user-agent", "codex/1"],
        body: "asked",
      },
      {
        what: "answered",
        id: "1",
        status: 200,
        headers: ["content-type", "text/event-stream", "x-codex-primary-used-percent", "12"],
      },
      { what: "bytes", id: "1", bytes: "data" },
      ended("1", { close: "failed", local: true, error: { code: "CP_INTERNAL", message: "boom" } }),
    ]);
    assert.deepEqual(at.recorder.status(), { trouble: undefined, legs: 1, dropped: 0, lost: 0, queueBytes: 0 });
  });

  test("tells what was typed as soon as it is whole", async (t) => {
    const at = desk(t);
    const tap = tapOf(at, "1");
    tap.asked(b("ask"));
    tap.arrived();
    await at.until(() => at.notes.length > 0);
    assert.deepEqual(at.notes, turnNotes("1").slice(0, 1));
    tap.end(DONE);
  });

  test("tells an answer that began before its request was whole behind that", async (t) => {
    const at = desk(t);
    const tap = tapOf(at, "1");
    tap.asked(b("a"));
    tap.answered(200, []);
    tap.bytes(b("answer"));
    tap.asked(b("sk"));
    tap.arrived();
    tap.end(DONE);
    await at.flush();
    assert.deepEqual(at.notes, turnNotes("1"));
  });

  test("passes over a request that never came whole and was not answered, and tells one that was refused without it", async (t) => {
    const at = desk(t);
    const [left, refused] = [tapOf(at, "1"), tapOf(at, "2")];
    left.asked(b("as"));
    left.end({ close: "client gone", local: false });
    refused.asked(b("as"));
    refused.answered(200, []);
    refused.bytes(b("answer"));
    refused.end(DONE);
    await at.flush();
    const notes = turnNotes("2", "none");
    assert.deepEqual(at.notes, [
      { ...(notes[0] as object), body: undefined },
      ...notes.slice(1, -1),
      ended("2", { dropped: true }),
    ]);
    assert.deepEqual(at.recorder.status(), { trouble: undefined, legs: 1, dropped: 1, lost: 0, queueBytes: 0 });
  });

  test("tells what went up in place of what was asked", async (t) => {
    const at = desk(t);
    const tap = tapOf(at, "1");
    tap.arrived();
    tap.sent(b("one"));
    tap.sent(b("two"));
    tap.end(DONE);
    await at.flush();
    assert.deepEqual(of(at.notes, "sent"), [
      { what: "sent", id: "1", body: "one" },
      { what: "sent", id: "1", body: "two" },
    ]);
  });

  test("passes over deltas whose item is told whole", async (t) => {
    const at = desk(t);
    const tap = tapOf(at, "1");
    tap.arrived();
    for (const frame of [CREATED, ADDED, delta("a"), delta("b"), ITEM, delta("c"), COMPLETED]) tap.frame(frame);
    tap.end(DONE);
    await at.flush();
    assert.deepEqual(
      [of(at.notes, "events"), at.recorder.status().queueBytes],
      [[{ what: "events", id: "1", events: texts(CREATED, ADDED, ITEM, COMPLETED) }], 0],
    );
  });

  test("tells the deltas of an item that was never done where the stream ends without an end", async (t) => {
    const at = desk(t);
    const tap = tapOf(at, "1");
    tap.arrived();
    for (const frame of [delta("a"), ITEM, ADDED, delta("b"), delta("c")]) tap.frame(frame);
    tap.end({ close: "upstream cut", local: false });
    await at.flush();
    assert.deepEqual(
      [of(at.notes, "events"), of(at.notes, "ended"), at.recorder.status().queueBytes],
      [
        [
          { what: "events", id: "1", events: texts(ITEM, ADDED) },
          { what: "events", id: "1", events: texts(delta("b"), delta("c")) },
        ],
        [ended("1", { close: "upstream cut" })],
        0,
      ],
    );
  });

  test("tells the deltas of an item that was never done where the stream ends with a failure, or is interrupted", async (t) => {
    const at = desk(t);
    const ends = ["response.failed", "response.incomplete", "error"].map((type) => wsFrame({ type, response: {} }));
    for (const [index, end] of ends.entries()) {
      const tap = tapOf(at, String(index));
      tap.arrived();
      for (const frame of [ADDED, delta("b"), end]) tap.frame(frame);
      tap.end(DONE);
    }
    await at.flush();
    assert.deepEqual(
      of(at.notes, "events"),
      ends.flatMap((end, index) => [
        { what: "events", id: String(index), events: texts(ADDED, end) },
        { what: "events", id: String(index), events: texts(delta("b")) },
      ]),
    );
  });

  test("does not keep more deltas of one item than it may, and says so only where they would have been wanted", async (t) => {
    const at = desk(t, "quick", 64 * 1024 * 1024);
    const much = delta("x".repeat(1024 * 1024));
    for (const [id, last] of [
      ["1", delta("y")],
      ["2", COMPLETED],
    ] as const) {
      const tap = tapOf(at, id);
      tap.arrived();
      for (const frame of [much, much, much, much, much, last]) tap.frame(frame);
      tap.end(DONE);
    }
    await at.flush();
    assert.deepEqual(
      [of(at.notes, "events"), of(at.notes, "ended"), at.recorder.status()],
      [
        [{ what: "events", id: "2", events: texts(COMPLETED) }],
        [ended("1", { dropped: true }), ended("2")],
        { trouble: undefined, legs: 2, dropped: 1, lost: 0, queueBytes: 0 },
      ],
    );
  });

  test("tells of many turns in the order of their ends", async (t) => {
    const at = desk(t);
    for (const id of ["1", "2", "3"]) turn(at, id);
    await at.flush();
    assert.deepEqual(
      at.notes,
      ["1", "2", "3"].flatMap((id) => turnNotes(id)),
    );
  });

  test("sends large ones one after the other, and all of them", async (t) => {
    const at = desk(t, "quick", 64 * 1024 * 1024);
    const large = "x".repeat(3 * 1024 * 1024);
    for (const id of ["1", "2", "3", "4"]) turn(at, id, large);
    await at.flush();
    assert.deepEqual(
      at.notes,
      ["1", "2", "3", "4"].flatMap((id) => turnNotes(id, large)),
    );
  });
});
