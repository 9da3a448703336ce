/** What a person is shown of a conversation: which output belongs to which call. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { transcript } from "../../src/cli/sessions/transcript.ts";
import { library } from "../sessions/reader/library.ts";
import { call, leg, output, thread, user } from "../sessions/writer/legs.ts";

test("an output that does not stand right behind its call says whose it is", (t) => {
  const { reader } = library(t, [
    leg("1", {
      thread: thread("t"),
      begins: true,
      asked: [user("go", "m1")],
      answered: [
        call("call_1", "exec", "c1"),
        call("exec-1", "mcp__memory__read_graph", "c2"),
        output("exec-1", "the graph", "o2"),
        output("call_1", "all of it", "o1"),
        call("call_2", "exec", "c3"),
        output("call_2", "more", "o3"),
      ],
    }),
  ]);
  const found = reader.thread("t");
  assert.ok(found);
  const lines = [...transcript(reader, found, { tools: false })].map(stripVTControlCharacters);
  assert.deepEqual(lines.slice(lines.indexOf("exec"), lines.findIndex((line) => line.startsWith("turn")) - 1), [
    "exec",
    "  exec call_1",
    "",
    "mcp__memory__read_graph",
    "  mcp__memory__read_graph exec-1",
    "  │ the graph",
    "",
    "exec (output)",
    "  │ all of it",
    "",
    "exec",
    "  exec call_2",
    "  │ more",
  ]);
});
