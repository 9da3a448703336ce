/** `codex-plus sessions …` as processes, on a database that the real writer has written. */
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Ended, Sandbox } from "./program.ts";
import { AT, LEGS, OLD, PAINTER, PUMP, record, WALL } from "./talks.ts";

let box: Sandbox;
before(async () => {
  box = await Sandbox.create();
  record(box);
});
after(() => box[Symbol.asyncDispose]());

const run = (args: string[], variables: Record<string, string> = {}, where = box): Promise<Ended> =>
  where.run(["sessions", ...args], { TZ: "UTC", ...variables });

/** What a verb prints where all goes well and nothing is told beside it. */
async function printed(args: string[], variables: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await run(args, variables);
  assert.deepEqual([code, stderr], [0, ""], args.join(" "));
  return stdout;
}
const ids = (json: string): string[] => JSON.parse(json).map(({ id }: { id: string }) => id);

test("list tells the newest first, and as much of each as the terminal has room for", async () => {
  assert.equal(
    await printed(["list"]),
    `id             used              turns  tokens  model        folder          title
01a2b3c4-d5e7  2026-11-20 10:30      1     12k  gpt-6.1-sol  /work/app/wall  paint the wall
01a2b3c4-d5e6  2026-11-20 09:40      2     25k  gpt-6.1-sol  /work/app       Mend the pump
01900000-0000  2026-08-12 09:30      1     12k  gpt-5        /else           how old is the sea?
`,
  );
  assert.equal(
    await printed(["list"], { COLUMNS: "50" }),
    `id             used              title
01a2b3c4-d5e7  2026-11-20 10:30  paint the wall
01a2b3c4-d5e6  2026-11-20 09:40  Mend the pump
01900000-0000  2026-08-12 09:30  how old is the s…
`,
  );
});

test("list is narrowed by folder, time, model and client, and shows side requests when asked", async () => {
  const cases: [string[], string[]][] = [
    [
      ["--cwd", "/work"],
      [WALL, PUMP],
    ],
    [["--cwd", "/work/app/wall"], [WALL]],
    [["--before", "2026-11-01"], [OLD]],
    [["--since", "2026-11-20T10:00Z"], [WALL]],
    [
      ["--model", "SOL"],
      [WALL, PUMP],
    ],
    [["--client", "openai"], [OLD]],
    [["--limit", "1"], [WALL]],
    [
      ["--all", "--limit", "0"],
      [PAINTER, WALL, PUMP, OLD],
    ],
  ];
  for (const [flags, expected] of cases) assert.deepEqual(ids(await printed(["list", "--json", ...flags])), expected);
  const { stderr } = await run(["list", "--limit", "1"]);
  assert.equal(stderr, "More: --limit 2, or 0 for all.\n");
});

test("list as JSON tells all that is known of each", async () => {
  assert.deepEqual(
    JSON.parse(await printed(["list", "--json", "--cwd", "/work/app", "--before", "2026-11-20T10:00Z"])),
    [
      {
        id: PUMP,
        kind: "user",
        root: PUMP,
        client: "codex-tui",
        clientVersion: "0.200.0",
        cwd: "/work/app",
        model: "gpt-6.1-sol",
        effort: "high",
        title: "Mend the pump",
        prompt: "mend the pump, 漢字 too",
        source: "wire",
        created: AT,
        used: AT + 604_000,
        turns: 2,
        errors: 1,
        below: 0,
        usage: { input: 25_000, cached: 21_000, output: 450, reasoning: 100 },
      },
    ],
  );
});

test("show is a conversation to be read, with a glance at its tools, and what it took at the end", async () => {
  assert.equal(
    await printed(["show", "01a2b3c4-d5e6"]),
    `Mend the pump
${PUMP}
/work/app
gpt-6.1-sol high codex-tui 0.200.0
2026-11-20 09:30 to 2026-11-20 09:40

── 1 · 2026-11-20 09:30 ──

You
  mend the pump, 漢字 too
  and be quick

exec_command
  cmd: ls src
  pwd
  │ pump_part_0.c
  │ pump_part_1.c
  │ pump_part_2.c
  │ pump_part_3.c
  │ pump_part_4.c
  │ pump_part_5.c
  │ … 6 more lines: --tools

Codex
  The pump is mended.
  It works.

── 2 · 2026-11-20 09:40 ──

You
  and now the wall

  server_error: overloaded

turn  legs  state      first byte   time   in  cached  out
   1     2  completed      800 ms   64 s  25k    84 %  450
   2     1  failed         800 ms  4.0 s    0            0
`,
  );
  const whole = await printed(["show", PUMP, "--tools"]);
  assert.deepEqual([whole.match(/│ pump_part/g)?.length, whole.includes("more lines")], [12, false]);
});

test("show tells of sub-agents, and breaks lines where the terminal ends", async () => {
  assert.equal(
    await printed(["show", "last"], { COLUMNS: "64" }),
    `paint the wall
${WALL}
/work/app/wall
gpt-6.1-sol high codex-tui 0.200.0
2026-11-20 10:30 to 2026-11-20 10:30

── 1 · 2026-11-20 10:30 ──

You
  paint the wall

Codex
  Which colour?

below                                 kind      title
${PAINTER}  subagent  find a colour

turn  legs  state      first byte   time   in  cached  out
   1     1  completed      800 ms  4.0 s  12k    75 %  400
`,
  );
});

test("show --raw gives items as they were on the wire, --json the document that export writes", async () => {
  const raw = (await printed(["show", PUMP, "--raw"]))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    raw.map(({ type }) => type),
    ["message", "function_call", "function_call_output", "message", "message"],
  );
  const { schema, thread } = JSON.parse(await printed(["show", PUMP, "--json"]));
  assert.deepEqual([schema, thread.id, thread.turns.length], ["codex-plus/session", PUMP, 2]);
  assert.equal(await printed(["show", PUMP, "--json"]), await printed(["export", PUMP]));
});

test("a beginning of an id will do; several, a near one and none are told", async () => {
  const several = await run(["show", "01a2"]);
  assert.deepEqual(
    [several.code, several.stdout, several.stderr.split("\n").slice(0, 4)],
    [
      1,
      "",
      [
        "codex-plus: several conversations begin with 01a2:",
        `  ${PAINTER}  2026-11-20 10:31  find a colour`,
        `  ${WALL}  2026-11-20 10:30  paint the wall`,
        `  ${PUMP}  2026-11-20 09:40  Mend the pump`,
      ],
    ],
  );
  const near = await run(["show", "01a2b3c4-e5"]);
  assert.match(
    near.stderr,
    new RegExp(`^codex-plus: no conversation begins with 01a2b3c4-e5. Did you mean ${WALL}\\?\n`),
  );
  const none = await run(["show", "nothing-like-it"]);
  assert.match(none.stderr, /^codex-plus: no conversation begins with nothing-like-it\.\n/);
  assert.deepEqual([near.code, none.code], [1, 1]);
});

test("search shows where it was said, conversation by conversation", async () => {
  const found = await printed(["search", "pump", "--role", "assistant"]);
  // Which of them is better is the search's own matter.
  assert.deepEqual(found.trimEnd().split("\n\n").sort(), [
    "Mend the pump\n01a2b3c4-d5e6  2026-11-20 09:40  /work/app\n  codex: The pump is mended. It works.",
    "find a colour\n01a2b3c4-d5e8  2026-11-20 10:31  /work/app/wall\n  codex: Pump green.",
  ]);
  assert.equal(await printed(["search", "zebra"]), "Nothing found.\n");
});

test("search as JSON tells the places of what was looked for; filters narrow it", async () => {
  const [{ thread, hits }] = JSON.parse(
    await printed(["search", "wall", "--json", "--role", "user", "--in", "01a2b3c4-d5e7"]),
  );
  const [{ item, turn, ...hit }] = hits;
  assert.deepEqual(
    [thread.id, typeof item, typeof turn, hit],
    [WALL, "number", "number", { role: "user", at: AT + 3_600_000, snippet: "paint the wall", matches: [[10, 14]] }],
  );
  const found = JSON.parse(await printed(["search", "pump_part_3", "--tool", "exec_command", "--json"]));
  assert.deepEqual(
    found.map((each: { thread: { id: string }; hits: { role: string; tool: string }[] }) => [
      each.thread.id,
      each.hits.map(({ role, tool }) => [role, tool]),
    ]),
    [[PUMP, [["tool", "exec_command"]]]],
  );
  assert.equal(await printed(["search", "pump", "--json", "--cwd", "/else"]), "[]\n");
});

test("stats adds up by day, model and project, with a chart", async () => {
  assert.equal(
    await printed(["stats", "--by", "model"]),
    `model        turns   in  cached   out  errors  first byte     p95   turn    p95  tokens
gpt-6.1-sol      3  49k    80 %  1250       1      800 ms  800 ms  4.0 s   64 s  ████████████████████
gpt-5            1  12k    75 %   400       0      800 ms  800 ms  4.0 s  4.0 s  ████▉
all              4  61k    79 %  1650       1
`,
  );
  const keys = async (...flags: string[]): Promise<[string, number][]> =>
    JSON.parse(await printed(["stats", "--json", ...flags])).map((row: { key: string; turns: number }) => [
      row.key,
      row.turns,
    ]);
  assert.deepEqual(await keys(), [
    ["2026-08-12", 1],
    ["2026-11-20", 3],
  ]);
  assert.deepEqual(
    new Map(await keys("--by", "project", "--since", "2026-11-01")),
    new Map([
      ["/work/app", 2],
      ["/work/app/wall", 1],
    ]),
  );
});

test("export writes one to standard output, or to a file that was not there", async () => {
  const file = join(box.folder, "talk.html");
  const first = await run(["export", "last", "--format", "html", "-o", file]);
  assert.deepEqual([first.code, first.stdout, first.stderr], [0, "", `Written: ${file}\n`]);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.match(await readFile(file, "utf8"), /^<!doctype html>/i);
  await writeFile(file, "mine");
  const second = await run(["export", "last", "--format", "html", "-o", file]);
  assert.deepEqual(
    [second.code, second.stderr.split("\n")[0]],
    [1, `codex-plus: ${file} is there already; --force writes over it`],
  );
  assert.equal(await readFile(file, "utf8"), "mine");
  assert.equal((await run(["export", "last", "--format", "html", "-o", file, "--force"])).code, 0);
  assert.notEqual(await readFile(file, "utf8"), "mine");
});

test("export to - is export to standard output", async () => {
  assert.equal(await printed(["export", PUMP, "-o", "-"]), await printed(["export", PUMP]));
});

test("export of many fills a folder, tells each file on a line, and passes over what is there", async () => {
  const folder = join(box.folder, "talks");
  await mkdir(folder);
  await writeFile(join(folder, `${OLD}.md`), "mine");
  const { code, stdout, stderr } = await run(["export", "--all", "--format", "md", "-o", folder]);
  assert.deepEqual(
    [code, stdout, stderr],
    [
      0,
      `${join(folder, `${WALL}.md`)}\n${join(folder, `${PUMP}.md`)}\n`,
      `2 conversations exported to ${folder}. 1 file was there already; --force writes them anew.\n`,
    ],
  );
  assert.equal(await readFile(join(folder, `${OLD}.md`), "utf8"), "mine");
});

test("export of many without a folder goes to our own, where files are written anew", async () => {
  const folder = join(box.folder, "plus/sessions");
  for (const _ of [1, 2]) {
    const { code, stderr } = await run(["export", "--all", "--since", "2026-11-01"]);
    assert.deepEqual([code, stderr], [0, `2 conversations exported to ${folder}.\n`]);
  }
  assert.deepEqual((await readdir(folder)).sort(), [`${PUMP}.json`, `${WALL}.json`]);
});

test("export masks secrets unless told otherwise", async () => {
  await using own = await Sandbox.create();
  const [leg] = LEGS;
  assert.ok(leg);
  const [item] = leg.asked;
  assert.ok(item);
  const token = `ghp_${"a1B2".repeat(9)}`;
  const secret = { ...item, text: token, body: item.body.replace("how old is the sea?", token) };
  record(own, [{ ...leg, asked: [secret] }]);
  const found = async (...flags: string[]): Promise<boolean> =>
    (await run(["export", "last", "--format", "md", ...flags], {}, own)).stdout.includes(token);
  assert.deepEqual([await found(), await found("--no-mask")], [false, true]);
  await own.write("plus/config.json", '{"sessions":{"mask":false}}');
  assert.equal(await found(), true);
});

test("delete and prune ask first, and take what is below along", async () => {
  await using own = await Sandbox.create();
  record(own);
  for (const id of [PUMP, WALL, PAINTER, OLD]) await own.write(`plus/transcripts/${id}.jsonl`, "");
  const left = async (): Promise<string[]> => {
    const kept = ids((await run(["list", "--all", "--json"], {}, own)).stdout);
    const transcripts = await readdir(join(own.folder, "plus/transcripts"));
    assert.deepEqual(transcripts.toSorted(), kept.map((id) => `${id}.jsonl`).toSorted(), "for hooks to read");
    return kept;
  };
  const table = "id             used              turns  title\n";
  const old = "01900000-0000  2026-08-12 09:30      1  how old is the sea?\n";
  assert.deepEqual(await run(["prune", "--older-than", "2m", "--dry-run"], {}, own), {
    code: 0,
    stdout: `${table}${old}1 conversation would be deleted.\n`,
    stderr: "",
  });
  assert.deepEqual(await run(["prune", "--older-than", "2m"], {}, own), {
    code: 2,
    stdout: table + old,
    stderr: "Nothing was deleted: there is nobody to ask. Say --yes if it is meant.\n",
  });
  assert.deepEqual(await left(), [PAINTER, WALL, PUMP, OLD]);
  assert.equal((await run(["prune", "--older-than", "2m", "--yes"], {}, own)).code, 0);
  assert.deepEqual(await left(), [PAINTER, WALL, PUMP]);
  assert.equal((await run(["prune", "--older-than", "2m", "--yes"], {}, own)).stdout, "Nothing is that old.\n");
  assert.deepEqual(await run(["delete", "last", WALL, "--yes"], {}, own), {
    code: 0,
    stdout: `${table}01a2b3c4-d5e7  2026-11-20 10:30      1  paint the wall\nDeleted. Files that were exported or saved, and Codex's own in its sessions folder, stay.\n`,
    stderr: "",
  });
  assert.deepEqual(await left(), [PUMP]);
});

test("prune shows what it deletes: not what a fork or a sub-agent still goes on with", async () => {
  await using own = await Sandbox.create();
  const [old, , , , wall] = LEGS;
  assert.ok(old && wall);
  const begun = (id: string, more: object): typeof old => ({
    ...old,
    key: `begun/${id}`,
    thread: { ...old.thread, id, root: id, ...more },
  });
  const [forked, busy] = [begun("forked", {}), begun("busy", {})];
  record(own, [
    old,
    forked,
    busy,
    { ...wall, thread: { ...wall.thread, forkedFrom: "forked" }, whole: true, asked: [...old.asked, ...wall.asked] },
    { ...begun("below", { kind: "subagent", root: "busy", parent: "busy" }), started: wall.started },
  ]);
  const table =
    "id             used              turns  title\n01900000-0000  2026-08-12 09:30      1  how old is the sea?\n";
  const dry = await run(["prune", "--older-than", "2m", "--dry-run"], {}, own);
  assert.equal(dry.stdout, `${table}1 conversation would be deleted.\n`);
  await run(["prune", "--older-than", "2m", "--yes"], {}, own);
  assert.deepEqual(
    ids((await run(["list", "--json"], {}, own)).stdout).toSorted(),
    [WALL, "busy", "forked"].toSorted(),
  );
});

test("an id from a file is not obeyed by the terminal, nor by Codex as a flag", async () => {
  await using own = await Sandbox.create();
  const [old] = LEGS;
  assert.ok(old);
  const named = (id: string, after: number) => ({
    ...old,
    key: `named/${after}`,
    started: old.started + after,
    thread: { ...old.thread, id, root: id },
  });
  const hostile = "\x1b]0;title\x07\x1b[2Jcleared";
  record(own, [named(hostile, 0)]);
  const file = join(own.folder, "hostile.json");
  assert.equal((await run(["export", hostile, "-o", file], {}, own)).code, 0);
  record(own, [named("--yolo", 1)]);
  const printed = await Promise.all([
    run(["list"], {}, own),
    run(["search", "sea"], {}, own),
    run(["import", file], {}, own),
    run(["prune", "--older-than", "2m", "--dry-run"], {}, own),
  ]);
  for (const { code, stdout, stderr } of printed) {
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual([stdout.includes("\x1b"), stdout.includes("\x07")], [false, false]);
  }
  const resumed = await run(["resume", "last"], { CODEX_PLUS_PORT: "0" }, own);
  assert.deepEqual(
    [resumed.code, resumed.stderr.split("\n", 1)],
    [2, ["codex-plus: --yolo is not a conversation of Codex: openai-node held it"]],
  );
});

test("resume opens Codex where the conversation was held, with its id and all that follows", async () => {
  await using own = await Sandbox.create();
  const work = join(own.folder, "work");
  await mkdir(work);
  const [, pump, , , wall, painter] = LEGS;
  assert.ok(pump && wall && painter);
  record(own, [
    { ...pump, thread: { ...pump.thread, cwd: work } },
    { ...wall, thread: { ...wall.thread, cwd: "/gone" } },
    painter,
  ]);
  await own.fakeCodex("console.log(JSON.stringify([process.cwd(), ...process.argv.slice(2)])); process.exit(7);");
  const at = { CODEX_PLUS_PORT: "0" };
  const first = await run(["resume", "01a2b3c4-d5e6", "-m", "gpt-6", "--", "go on"], at, own);
  const [folder, flag, route, ...rest] = JSON.parse(first.stdout);
  assert.deepEqual(
    [first.code, folder, flag, /^openai_base_url="http:\/\/127\.0\.0\.1:\d+"$/.test(route), rest],
    [7, work, "-c", true, ["resume", PUMP, "-m", "gpt-6", "--", "go on"]],
  );
  assert.equal(first.stderr, `codex-plus: going on with “Mend the pump” in ${work}.\n`);
  const second = await run(["resume", PAINTER], at, own);
  assert.deepEqual(
    [JSON.parse(second.stdout).slice(3), second.stderr],
    [
      ["resume", WALL],
      "codex-plus: going on with “paint the wall”.\ncodex-plus: its folder /gone is gone; opening it here.\n",
    ],
  );
});

test("a home without conversations, and recording turned off, are said plainly", async () => {
  await using own = await Sandbox.create();
  assert.deepEqual(await run(["list"], {}, own), { code: 0, stdout: "No conversations.\n", stderr: "" });
  assert.deepEqual(await run(["stats"], {}, own), { code: 0, stdout: "No turns.\n", stderr: "" });
  assert.equal(
    (await run(["show", "last"], {}, own)).stderr.split("\n")[0],
    "codex-plus: there are no conversations yet",
  );
  await own.write("plus/config.json", '{"sessions":{"record":false}}');
  assert.deepEqual(await run(["list", "--json"], {}, own), {
    code: 0,
    stdout: "[]\n",
    stderr: "codex-plus: recording is off (sessions.record): nothing of what is said now is kept.\n",
  });
});

test("what cannot be meant is refused with 2", async () => {
  const cases = [
    ["export"],
    ["export", "last", "--all"],
    ["export", "--all", "-o", "-"],
    ["list", "--since", "soon"],
    ["prune", "--older-than", "2026-01-01"],
    ["list", "--limit", "-1"],
    ["prune"],
    ["stats", "--by", "moon"],
    ["nothing"],
  ];
  const codes = await Promise.all(cases.map(async (args) => (await run(args)).code));
  assert.deepEqual(
    codes,
    cases.map(() => 2),
  );
});
