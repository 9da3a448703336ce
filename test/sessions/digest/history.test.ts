/** Conversations of several requests: what is new in each, where turns begin, and recorded ones. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test, { suite } from "node:test";
import { type Json, legOf, legsOf, metadata, notesOf, recordedNotes } from "./notes.ts";
import { body, call, completed, facts, plain, prompt } from "./words.ts";

suite("A client that gives no ids", () => {
  const user = (text: string): Json => ({ role: "user", content: text });
  const turns: [string, unknown, boolean][] = [
    ["one text", "Hi", true],
    ["somebody's words", [user("Hi")], true],
    ["somebody's words behind the model's", [user("Hi"), { role: "assistant", content: "Yes?" }, user("Go on")], true],
    [
      "nothing but the output of a tool",
      [user("Hi"), call, { type: "function_call_output", call_id: "call_1", output: "x" }],
      false,
    ],
    [
      "somebody's words behind the output of a tool",
      [call, { type: "function_call_output", call_id: "call_1", output: "x" }, user("Stop")],
      true,
    ],
    ["instructions behind somebody's words", [user("Hi"), { role: "developer", content: "Be brief" }], true],
    ["nothing", [], false],
  ];
  for (const [title, input, begins] of turns) {
    test(`${begins ? "begins a turn" : "goes on with the turn"} with ${title}`, () => {
      assert.equal(legOf({ request: plain(input) }).begins, begins);
    });
  }

  test("has a thread of our own making, and tells what it goes on from", () => {
    const agent = ["user-agent", "OpenAI/JS 6.1.0"];
    const request = { model: "m", input: "Hi", previous_response_id: "resp_0" };
    const notes = notesOf({ request }).map((note) => (note.what === "begun" ? { ...note, headers: agent } : note));
    const [leg] = legsOf(notes);
    assert.deepEqual(
      [
        leg?.thread.id,
        leg?.thread.root,
        leg?.thread.client,
        leg?.thread.clientVersion,
        leg?.previous,
        leg?.whole,
        leg?.turn,
      ],
      ["cp_run_r1", "cp_run_r1", "OpenAI/JS", "6.1.0", "resp_0", false, undefined],
    );
    assert.deepEqual(leg?.asked, [facts({ type: "message", role: "user", content: "Hi" })]);
  });

  test("tells its folder in its environment context", () => {
    const context = user("<environment_context>\n<cwd>C:\\work</cwd></environment_context>");
    assert.equal(legOf({ request: plain([context, user("Hi")]) }).thread.cwd, "C:\\work");
  });

  test("tells no folder where that of its environment context has no end", () => {
    const content = ["<environment_context><cwd>/a", "</cwd>"].map((text) => ({ type: "input_text", text }));
    assert.equal(legOf({ request: plain([{ role: "user", content }]) }).thread.cwd, undefined);
  });
});

suite("A long history", () => {
  const asked = (requests: readonly unknown[], more: readonly Json[] = []): string[][] => {
    const notes = requests.flatMap((input, index) =>
      notesOf({ id: `r${index}`, request: body(input, more[index]), answer: [completed({ id: `resp_${index}` })] }),
    );
    return legsOf(notes).map((leg) => leg.asked.map(({ id, text, nth }) => `${id ?? "-"} ${text} ${nth ?? "?"}`));
  };
  const say = (text: string, id?: string): Json => ({
    type: "message",
    ...(id && { id }),
    role: "assistant",
    content: text,
  });

  test("is told once: of what comes again only the new", () => {
    assert.deepEqual(
      asked([[say("a", "1")], [say("a", "1"), say("b", "2")], [say("a", "1"), say("b", "2"), say("c", "3")]]),
      [["1 a 1"], ["2 b 1"], ["3 c 1"]],
    );
  });

  test("may say the same again: without ids the place among equals tells", () => {
    assert.deepEqual(asked([[say("a")], [say("a"), say("b"), say("a")], [say("a"), say("b"), say("a")]]), [
      ["- a 1"],
      ["- b 1", "- a 2"],
      [],
    ]);
  });

  test("is told as it comes where a request brings only what is new", () => {
    const chained = (previous_response_id: string): Json => ({ previous_response_id });
    assert.deepEqual(asked([[say("a")], [say("a")]], [{}, chained("resp_0")]), [["- a 1"], ["- a ?"]]);
  });

  test("is whole behind a warmup, though it names the warmup's response", () => {
    const warmup = { client_metadata: { "x-codex-turn-metadata": metadata({ request_kind: "prewarm" }) } };
    const notes = [
      ...notesOf({ id: "r1", request: body([], warmup), answer: [completed({ id: "resp_w" })] }),
      ...notesOf({ id: "r2", request: body([prompt], { previous_response_id: "resp_w" }), answer: [completed()] }),
    ];
    assert.deepEqual(
      legsOf(notes).map(({ kind, whole, begins }) => ({ kind, whole, begins })),
      [
        { kind: "warmup", whole: true, begins: false },
        { kind: "turn", whole: true, begins: false },
      ],
    );
  });
});

suite("A recorded conversation", () => {
  const told = (name: string): string[] =>
    legsOf(recordedNotes(name)).flatMap(({ kind, wire, state, status, whole, error, asked, answered }) => [
      [kind, wire, state, status, whole ? "whole" : "more", error?.code].filter(Boolean).join(" "),
      ...asked
        .filter(({ role }) => role !== "context")
        .map(({ role, tool, text }) => `> ${role} ${tool ?? ""} ${text}`),
      ...answered.map(({ role, tool, text, partial }) => `< ${role} ${tool ?? ""} ${text}${partial ? " …" : ""}`),
    ]);

  test("with a tool, over a socket", () => {
    assert.deepEqual(told("tool-turn-ws"), [
      "warmup ws completed 200 whole",
      "turn ws completed 200 whole",
      "> user  run echo",
      "< reasoning  thinking",
      '< tool exec const r = await tools.exec_command({cmd:"echo hi-from-tool"}); text(r.output);',
      "turn ws completed 200 more",
      "> tool  Script completed\nWall time 0.1 seconds\nOutput:\n\nhi-from-tool\n",
      "< assistant  tool turn done",
      "turn ws completed 200 more",
      "> user  and a follow-up",
      "< assistant  tool turn done",
    ]);
  });
  test("that was steered", () => {
    assert.deepEqual(told("steer-interrupt-ws"), [
      "warmup ws completed 200 whole",
      "turn ws interrupted 200 whole",
      "> user  q0",
      "< assistant  partial …",
      "turn ws completed 200 more",
      "> user  steered text",
      "< assistant  default mock reply 3",
    ]);
  });
  test("over HTTP", () => {
    assert.deepEqual(told("text-turn-http"), [
      "turn sse completed 200 whole",
      "> user  Say hello please",
      "< assistant  Hello over SSE",
    ]);
  });
  test("at its usage limit", () => {
    assert.deepEqual(told("error-usage-limit-http"), ["turn sse failed 429 whole usage_limit_reached", "> user  q0"]);
  });

  test("keeps no ids of account or installation", () => {
    for (const name of ["tool-turn-ws", "steer-interrupt-ws", "text-turn-http", "error-usage-limit-http"]) {
      assert.doesNotMatch(JSON.stringify(legsOf(recordedNotes(name))), /installation-id|account-id|redacted|Bearer/);
    }
  });

  test("has the hash of a picture in its place", () => {
    const bytes = Buffer.from("a picture");
    const image_url = `data:image/png;base64,${bytes.toString("base64")}`;
    const leg = legOf({ request: body([{ ...prompt, content: [{ type: "input_image", image_url }] }]) });
    const hash = createHash("sha256").update(bytes).digest("hex");
    assert.deepEqual(leg.asked[0]?.blobs, [{ hash, mediaType: "image/png", size: 9, bytes }]);
    assert.match(leg.asked[0]?.body ?? "", new RegExp(`codex-plus:blob/${hash}`));
  });
});
