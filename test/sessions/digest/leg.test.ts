/** What the recorder makes of a request and its answer. */
import assert from "node:assert/strict";
import test, { suite } from "node:test";
import zlib from "node:zlib";
import type { Leg } from "../../../src/sessions/ledger.ts";
import { Known } from "../../../src/sessions/recorder/digest/known.ts";
import { Recording } from "../../../src/sessions/recorder/digest/recording.ts";
import { type Exchange, legOf, legsOf, metadata, notesOf, THREAD, TURN } from "./notes.ts";
import { added, body, call, completed, created, delta, done, facts, prompt, reply, usage } from "./words.ts";

const LEG: Leg = {
  key: "run/r1",
  thread: {
    id: THREAD,
    kind: "user",
    root: THREAD,
    parent: undefined,
    forkedFrom: undefined,
    agent: undefined,
    client: "codex_exec",
    clientVersion: "0.169.0",
    provider: "openai",
    cwd: "/home/user/project",
    commit: "a083f89f",
    source: "wire",
    model: "gpt-6.1-sol",
    effort: "low",
  },
  turn: TURN,
  begins: false,
  trigger: "exec",
  kind: "turn",
  wire: "sse",
  model: "gpt-6.1-sol",
  effort: "low",
  started: 1000,
  state: "completed",
  local: false,
  dropped: false,
  previous: undefined,
  asked: [facts(prompt, { nth: 1 })],
  whole: true,
  firstByteMs: 10.46,
  ms: 20.12,
  status: 200,
  responseId: "resp_1",
  usage: { input: 10, cached: 4, output: 3, reasoning: 1 },
  limits: undefined,
  error: undefined,
  answered: [facts(reply)],
  names: undefined,
};

suite("A leg", () => {
  const hello = [created, added({ ...reply, content: [] }), delta("Hel"), delta("lo"), done(reply), completed()];

  test("is what a request and its answer tell, all of it", () => {
    assert.deepEqual(legOf({ request: body([prompt]), answer: hello }), LEG);
  });

  test("is open until its answer has ended, and has all that the request tells", () => {
    const [begun] = notesOf({ request: body([prompt]) });
    assert.ok(begun?.what === "begun");
    const { ms, firstByteMs, status, responseId, usage, limits, error, names, ...known } = LEG;
    const recording = new Recording(begun, { run: "run", blobBytes: 1000, known: new Known() });
    assert.deepEqual(recording.open(), { ...known, state: "open", answered: [] });
  });

  const differing: [string, Exchange, Partial<Leg>][] = [
    [
      "a compressed request",
      { request: zlib.zstdCompressSync(JSON.stringify(body([prompt]))), headers: ["content-encoding", "zstd"] },
      {},
    ],
    [
      "an interrupted response, with the part that has come of its text",
      {
        request: body([prompt]),
        answer: [
          added({ ...reply, status: "in_progress", content: [] }),
          delta("Hel"),
          delta("lo th"),
          {
            type: "response.incomplete",
            response: { id: "resp_1", usage, incomplete_details: { reason: "interrupted" } },
          },
        ],
      },
      {
        state: "interrupted",
        answered: [facts({ ...reply, content: [{ type: "output_text", text: "Hello th" }] }, { partial: true })],
      },
    ],
    [
      "a cut stream, with the items that were done and the parts of others",
      {
        request: body([prompt]),
        answer: [
          created,
          done(reply),
          added({ type: "reasoning", id: "rs_1", summary: [] }, 1),
          delta("Hm", "reasoning_summary_text", 1),
          added({ type: "function_call", id: "fc_1", call_id: "c", name: "f", arguments: "" }, 2),
          delta('{"a', "function_call_arguments", 2),
          delta("ls", "custom_tool_call_input", 3),
        ],
        end: { close: "upstream cut", error: { code: "CP_UPSTREAM_CUT", message: "cut" } },
      },
      {
        state: "cut",
        usage: undefined,
        error: { code: "CP_UPSTREAM_CUT", message: "cut" },
        answered: [
          facts(reply),
          facts({ type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "Hm" }] }, { partial: true }),
          facts({ type: "function_call", id: "fc_1", call_id: "c", name: "f", arguments: '{"a' }, { partial: true }),
          facts({ type: "custom_tool_call", input: "ls" }, { partial: true }),
        ],
      },
    ],
    [
      "a cut stream that a failure of ours has ended",
      {
        request: body([prompt]),
        answer: [created, delta("Hel"), { type: "response.failed", response: { id: "", error: { code: "cut" } } }],
        end: { close: "upstream cut", error: { code: "CP_UPSTREAM_CUT", message: "cut" } },
      },
      {
        state: "cut",
        usage: undefined,
        error: { code: "CP_UPSTREAM_CUT", message: "cut" },
        answered: [
          facts(
            { type: "message", role: "assistant", content: [{ type: "output_text", text: "Hel" }] },
            { partial: true },
          ),
        ],
      },
    ],
    [
      "a client that has gone in the midst of it",
      { request: body([prompt]), answer: [created, delta("Hel")], end: { close: "client gone" } },
      {
        state: "interrupted",
        usage: undefined,
        answered: [
          facts(
            { type: "message", role: "assistant", content: [{ type: "output_text", text: "Hel" }] },
            { partial: true },
          ),
        ],
      },
    ],
    [
      "a client that has gone when it knew the end",
      { request: body([prompt]), answer: hello, end: { close: "client gone" } },
      {},
    ],
    [
      "a failed response",
      {
        request: body([prompt]),
        answer: [
          { type: "response.failed", response: { id: "resp_1", error: { code: "server_error", message: "oh" } } },
        ],
      },
      { state: "failed", usage: undefined, error: { code: "server_error", message: "oh" }, answered: [] },
    ],
    [
      "an HTTP error, with the limits that it tells",
      {
        request: body([prompt]),
        status: 429,
        answerHeaders: [
          "Content-Type",
          "application/json",
          "X-Codex-Primary-Used-Percent",
          "100",
          "x-other-limit-secondary-used-percent",
          "5",
        ],
        answer: Buffer.from('{"error":{"type":"usage_limit_reached","message":"No more"}}'),
      },
      {
        state: "failed",
        status: 429,
        responseId: undefined,
        usage: undefined,
        error: { code: "usage_limit_reached", message: "No more" },
        limits: [
          { name: "primary", usedPercent: 100, windowMinutes: undefined, resetsAt: undefined },
          { name: "other-limit-secondary", usedPercent: 5, windowMinutes: undefined, resetsAt: undefined },
        ],
        answered: [],
      },
    ],
    [
      "an error page",
      { request: body([prompt]), status: 403, answer: Buffer.from("<html>No</html>") },
      {
        state: "failed",
        status: 403,
        responseId: undefined,
        usage: undefined,
        error: { code: "http_403", message: "" },
        answered: [],
      },
    ],
    [
      "an error in plain words",
      { request: body([prompt]), status: 502, answer: Buffer.from("bad gateway\n") },
      {
        state: "failed",
        status: 502,
        responseId: undefined,
        usage: undefined,
        error: { code: "http_502", message: "bad gateway" },
        answered: [],
      },
    ],
    [
      "an error without a word",
      { request: body([prompt]), status: 500, answer: Buffer.alloc(0) },
      {
        state: "failed",
        status: 500,
        responseId: undefined,
        usage: undefined,
        error: { code: "http_500", message: "" },
        answered: [],
      },
    ],
    [
      "the backend's own words",
      { request: body([prompt]), status: 401, answer: Buffer.from('{"detail":"Unauthorized"}') },
      {
        state: "failed",
        status: 401,
        responseId: undefined,
        usage: undefined,
        error: { code: "http_401", message: "Unauthorized" },
        answered: [],
      },
    ],
    [
      "an answer in one body",
      {
        request: body([prompt], { stream: false }),
        answerHeaders: ["content-type", "application/json"],
        answer: Buffer.from(JSON.stringify({ id: "resp_1", status: "completed", usage, output: [reply, call] })),
      },
      { wire: "json", answered: [facts(reply), facts(call)] },
    ],
    [
      "a compressed stream",
      {
        request: body([prompt]),
        answerHeaders: ["content-type", "text/event-stream", "content-encoding", "gzip"],
        answer: zlib.gzipSync(hello.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("")),
      },
      {},
    ],
    [
      "items that are told only when all is over, beside those told before",
      { request: body([prompt]), answer: [done(reply), completed({ output: [reply, call] })] },
      { answered: [facts(reply), facts(call)] },
    ],
    [
      "an answer of ours, of which nothing goes up, nor of what was asked",
      { request: body([prompt]), answer: [done(reply), completed({ id: "", usage: undefined })], end: { local: true } },
      {
        local: true,
        responseId: undefined,
        usage: undefined,
        asked: [facts(prompt, { nth: 1, sent: "[]" })],
        answered: [facts(reply, { sent: "[]" })],
      },
    ],
    [
      "what went up in an item's place",
      { request: body([prompt]), sent: body([{ ...prompt, content: "Expanded" }]), answer: hello },
      { asked: [facts(prompt, { nth: 1, sent: `[${JSON.stringify({ ...prompt, content: "Expanded" })}]` })] },
    ],
    [
      "the effort that a person has changed to",
      {
        request: body([prompt, { type: "configuration_update", reasoning: { effort: "medium" } }], {
          client_metadata: { "x-codex-turn-metadata": metadata({ reasoning_effort: undefined }) },
        }),
        answer: hello,
      },
      {
        effort: "medium",
        thread: { ...LEG.thread, effort: "medium" },
        asked: [
          facts(prompt, { nth: 1 }),
          facts({ type: "configuration_update", reasoning: { effort: "medium" } }, { nth: 1 }),
        ],
      },
    ],
    [
      "a compaction, but not the item that asks for it",
      {
        request: body([{ type: "compaction_trigger" }], {
          client_metadata: { "x-codex-turn-metadata": metadata({ request_kind: "compaction" }) },
        }),
        answer: [done({ type: "compaction", id: "cmp_1", encrypted_content: "x" }), completed()],
      },
      { kind: "compact", asked: [], answered: [facts({ type: "compaction", id: "cmp_1", encrypted_content: "x" })] },
    ],
  ];
  for (const [title, exchange, difference] of differing) {
    test(`tells of ${title}`, () => {
      assert.deepEqual(legOf({ answer: hello, ...exchange }), { ...LEG, ...difference });
    });
  }

  test("tells of all but an item that nests too deep to be read", () => {
    const deep = `{"type":"x","x":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
    const whole = completed({ output: ["DEEP", reply] });
    for (const events of [
      [created, done(reply), { type: "response.output_item.done", item: "DEEP" }, whole],
      [whole],
    ]) {
      const stream = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
      const answer = Buffer.from(stream.replaceAll('"DEEP"', deep));
      assert.deepEqual(legOf({ request: body([prompt]), answer }), { ...LEG, dropped: true });
    }
  });

  test("of a socket is that of a stream, but for the wire", () => {
    const limits = { primary: { used_percent: 12.5, window_minutes: 300, reset_at: 7 }, secondary: null };
    const fields = [
      "x-codex-primary-used-percent",
      "12.5",
      "x-codex-primary-window-minutes",
      "300",
      "x-codex-primary-reset-at",
      "7",
    ];
    const sse = legOf({ request: body([prompt]), answer: hello, answerHeaders: fields });
    const ws = legOf({
      wire: "ws",
      request: body([prompt]),
      answer: [{ type: "codex.rate_limits", rate_limits: limits }, ...hello],
    });
    assert.deepEqual(sse.limits, [{ name: "primary", usedPercent: 12.5, windowMinutes: 300, resetsAt: 7 }]);
    assert.deepEqual(ws, { ...sse, wire: "ws" });
  });

  test("of an error on a socket has its status and limits", () => {
    const error = { type: "error", status: 429, error: { type: "usage_limit_reached", message: "No more" } };
    const {
      state,
      status,
      error: told,
      limits,
    } = legOf({
      wire: "ws",
      request: body([prompt]),
      answer: [{ ...error, headers: { "x-codex-primary-used-percent": "100", "x-codex-primary-window-minutes": 300 } }],
    });
    assert.deepEqual(
      { state, status, told, limits },
      {
        state: "failed",
        status: 429,
        told: { code: "usage_limit_reached", message: "No more" },
        limits: [{ name: "primary", usedPercent: 100, windowMinutes: 300, resetsAt: undefined }],
      },
    );
  });

  test("has a title for the thread that it was asked for", () => {
    const title = { ...reply, content: [{ type: "output_text", text: '{"title":" Greeting \\n someone "}' }] };
    const client = metadata({ thread_source: "thread_title", thread_id: "t2", turn_id: "u2", agent_name: undefined });
    const leg = legOf({
      request: body([prompt], { client_metadata: { "x-codex-turn-metadata": client } }),
      answer: [done(title), completed()],
    });
    assert.deepEqual(
      [leg.kind, leg.thread.kind, leg.thread.id, leg.thread.root, leg.thread.parent, leg.names],
      ["side", "title", "t2", THREAD, THREAD, { thread: THREAD, title: "Greeting someone" }],
    );
  });

  test("of a sub-agent with its parent's history comes from its parent", () => {
    const spawned = {
      thread_source: "subagent",
      subagent_kind: "thread_spawn",
      thread_id: "t2",
      parent_thread_id: THREAD,
      agent_name: "/root/count",
    };
    const threadOf = (history: string) => {
      const client = metadata({ ...spawned, history_initialization: history });
      return legOf({ request: body([prompt], { client_metadata: { "x-codex-turn-metadata": client } }) }).thread;
    };
    const { root, parent, forkedFrom, agent } = threadOf("warm_fork");
    assert.deepEqual([root, parent, forkedFrom, agent], [THREAD, THREAD, THREAD, "/root/count"]);
    assert.equal(threadOf("new").forkedFrom, undefined);
  });

  test("without a body is what the fields tell", () => {
    const headers = ["x-codex-turn-metadata", metadata()];
    const notes = notesOf({ headers, request: {}, answer: hello });
    const [leg] = legsOf(notes.map((note) => (note.what === "begun" ? { ...note, body: undefined } : note)));
    const nothing = { model: undefined, asked: [], whole: false, dropped: true };
    assert.deepEqual(leg, { ...LEG, ...nothing, thread: { ...LEG.thread, model: undefined } });
  });
});
