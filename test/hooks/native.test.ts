/** Hooks of a person's settings on calls that only Codex knows of: those inside its code mode. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { codexHooks } from "../../src/cli/codex-hooks.ts";
import { parseToml } from "../../src/cli/setup/edit.ts";
import { addHooks } from "../../src/cli/setup/hooks.ts";
import { DOOR_VARIABLE } from "../../src/config/door.ts";
import { installHookProgram } from "../../src/config/hook-program.ts";
import { FROM_FLAGS, NATIVE_EVENTS, overrides } from "../../src/hooks/native/registration.ts";
import { exec, messages } from "../e2e/exec.ts";
import { approvals, commandsOf, homeOf, hooked, programOf, programs, turn, write } from "./codex.ts";

const CLIENT = fileURLToPath(new URL("../../src/cli/hook.ts", import.meta.url));

const run = (command: string) =>
  `const r = await tools.exec_command({cmd:${JSON.stringify(command)}}); text(r.output);`;
const node = (code: string) => ({ type: "command", command: process.execPath, args: ["-e", code] });
const says = (output: object) => node(`console.log(${JSON.stringify(JSON.stringify(output))})`);
const before = (fields: object) => says({ hookSpecificOutput: { hookEventName: "PreToolUse", ...fields } });

test("a PreToolUse hook stops an rm inside code mode, and the model is told why", async (t) => {
  const guard = { type: "command", command: `grep -q '"rm ' && { echo 'no deleting here' >&2; exit 2; }; exit 0` };
  const world = await hooked(t, { PreToolUse: [{ matcher: "Bash", hooks: [guard] }] });
  const file = await write(join(world.cwd, "precious.txt"), "mine");
  const turn = await programs(world, run(`rm ${file}`));
  assert.deepEqual(commandsOf(turn), []);
  assert.equal(await readFile(file, "utf8"), "mine");
  assert.match(turn.heard.at(-1) ?? "", /Command blocked by PreToolUse hook: .*no deleting here/);
});

test("updatedInput changes the command that really runs, decision or not", async (t) => {
  const hook = before({ updatedInput: { command: "echo what the hook wants" } });
  const world = await hooked(t, { PreToolUse: [{ matcher: "Bash", hooks: [hook] }] });
  const turn = await programs(world, run("echo what the model wants"));
  assert.deepEqual(
    [commandsOf(turn), turn.heard.at(-1)],
    [["/bin/bash -lc 'echo what the hook wants'"], "what the hook wants\n"],
  );
});

test("PostToolUse feedback reaches the model beside the output, and a failing command is a PostToolUseFailure", async (t) => {
  const keep = (name: string) => ({ type: "command", command: `cat > ${name}.json; echo 'look again' >&2; exit 2` });
  const world = await hooked(t, {
    PostToolUse: [{ matcher: "Bash", hooks: [keep("after")] }],
    PostToolUseFailure: [{ matcher: "Bash", hooks: [keep("failed")] }],
  });
  const { heard } = await programs(world, run("echo fine"), run("echo broken; exit 3"));
  const [feedback = "", , output, failure = "", , broken] = heard;
  assert.match(feedback, /^PostToolUse:Bash hook blocking error .*look again/);
  assert.match(failure, /^PostToolUseFailure:Bash hook blocking error .*look again/);
  assert.deepEqual([output, broken], ["fine\n", "broken\n"]);
  const told = async (name: string) => JSON.parse(await readFile(join(world.cwd, `${name}.json`), "utf8"));
  const { tool_name, tool_input, tool_response } = await told("after");
  assert.deepEqual(
    { tool_name, tool_input, tool_response },
    {
      tool_name: "Bash",
      tool_input: { command: "echo fine" },
      tool_response: { stdout: "fine", stderr: "", interrupted: false, isImage: false, noOutputExpected: false },
    },
  );
  const { hook_event_name, error, is_interrupt } = await told("failed");
  assert.deepEqual(
    { hook_event_name, error, is_interrupt },
    { hook_event_name: "PostToolUseFailure", error: "Exit code 3\nbroken", is_interrupt: false },
  );
});

test("a patch is a Write for the file it adds, by its absolute path, and may be written otherwise by the hook", async (t) => {
  const code = `
    const { tool_name, tool_input } = JSON.parse(require("fs").readFileSync(0));
    require("fs").writeFileSync("told.json", JSON.stringify({ tool_name, tool_input }));
    const updatedInput = { ...tool_input, content: tool_input.content + "// checked\\n" };
    console.log(JSON.stringify({ hookSpecificOutput: { hookEventName: "PreToolUse", updatedInput } }));`;
  const world = await hooked(t, { PreToolUse: [{ matcher: "Write", hooks: [node(code)] }] });
  const patch = "*** Begin Patch\n*** Add File: new.js\n+let x;\n+let y;\n*** End Patch";
  await programs(world, `text(await tools.apply_patch(${JSON.stringify(patch)}));`);
  const content = "let x;\nlet y;\n";
  assert.deepEqual(
    [
      JSON.parse(await readFile(join(world.cwd, "told.json"), "utf8")),
      await readFile(join(world.cwd, "new.js"), "utf8"),
    ],
    [{ tool_name: "Write", tool_input: { file_path: join(world.cwd, "new.js"), content } }, `${content}// checked\n`],
  );
});

test("several hooks of a call are asked at once and heard together: a denial beats an allowance with another input", async (t) => {
  const hooks = [
    before({ permissionDecision: "allow", updatedInput: { command: "echo rewritten" }, additionalContext: "one says" }),
    before({ permissionDecision: "deny", permissionDecisionReason: "two says no", additionalContext: "two adds" }),
  ];
  const world = await hooked(t, { PreToolUse: [{ matcher: "Bash", hooks }] });
  const turn = await programs(world, run("echo asked"));
  assert.deepEqual(commandsOf(turn), []);
  assert.match(turn.heard[0] ?? "", /one says[\s\S]*two adds/);
  assert.match(turn.heard.at(-1) ?? "", /two says no/);
});

test("what a hook wants a person to be asked is denied with its reason, and never runs unasked", async (t) => {
  const world = await hooked(t, {
    PreToolUse: [{ hooks: [before({ permissionDecision: "ask", permissionDecisionReason: "is this meant?" })] }],
  });
  const turn = await programs(world, run("echo asked"));
  assert.deepEqual(commandsOf(turn), []);
  assert.match(turn.heard.at(-1) ?? "", /is this meant\?/);
});

test("an output that a hook replaces is not shown to the model", async (t) => {
  const replaced = { hookEventName: "PostToolUse", updatedToolOutput: { stdout: "nothing to see", stderr: "" } };
  const world = await hooked(t, {
    PostToolUse: [{ hooks: [says({ hookSpecificOutput: replaced, suppressOutput: true })] }],
  });
  const { heard } = await programs(world, run("echo the secret"));
  assert.match(heard.at(-1) ?? "", /nothing to see/);
  assert.equal(
    heard.some((text) => text.includes("the secret")),
    false,
  );
});

test("a hook ends the turn behind a call in code mode: the model is asked nothing more, and the next prompt goes up", async (t) => {
  const hook = { type: "command", command: `echo '{"continue":false,"stopReason":"enough for today"}'` };
  const world = await hooked(t, { PostToolUse: [{ matcher: "Bash", hooks: [hook] }] });
  const { shown } = await programs(world, run("echo one"));
  assert.deepEqual(messages(shown), ["Operation stopped by hook: enough for today"]);
  assert.equal(world.mock.record.turns.filter(({ kind }) => kind === "main").length, 1);
  assert.deepEqual(messages(await exec(world, "resume", "--last", "and now?")), ["echo: and now?"]);
});

test("a hook that takes too long is ended and the call goes on", async (t) => {
  const slow = { type: "command", command: "sleep 600", timeout: 1 };
  const world = await hooked(t, { PreToolUse: [{ hooks: [slow] }] });
  assert.equal((await programs(world, run("echo on we go"))).heard.at(-1), "on we go\n");
});

test("without a proxy calls go on", async (t) => {
  const world = await hooked(t, {});
  const alone = { ...world, environment: { ...world.environment, [DOOR_VARIABLE]: "none" } };
  assert.equal((await programs(alone, run("echo on we go"))).heard.at(-1), "on we go\n");
});

test("without a proxy calls are denied where the settings say so", async (t) => {
  const world = await hooked(t, {});
  const program = { home: join(homeOf(world), "plus"), node: process.execPath, client: CLIENT };
  await installHookProgram({ ...program, whenDown: "deny" });
  const alone = { ...world, environment: { ...world.environment, [DOOR_VARIABLE]: "none" } };
  const turn = await programs(alone, run("echo on we go"));
  assert.deepEqual(commandsOf(turn), []);
  assert.match(turn.heard.at(-1) ?? "", /Codex-Plus is not running/);
});

test("Codex asks us without any flag once what is told of as approved is approved, and not before", async (t) => {
  const world = await hooked(t, { PreToolUse: [{ hooks: [before({ permissionDecision: "deny" })] }] });
  const file = join(world.environment.CODEX_HOME ?? "", "config.toml");
  const given = await readFile(file, "utf8");
  const waiting = (text: string) => codexHooks(parseToml(text), file, programOf(world)).waiting;
  const setup = addHooks(given, programOf(world)) ?? "";
  for (const [text, source, flags] of [
    [given, FROM_FLAGS, overrides(programOf(world))],
    [setup, file, []],
  ] as const) {
    await writeFile(file, text);
    assert.deepEqual(waiting(text), NATIVE_EVENTS);
    assert.equal((await turn(world, [run("echo unasked")], flags)).heard.at(-1), "unasked\n");
    const trusted = text + approvals(source, programOf(world));
    await writeFile(file, trusted);
    assert.deepEqual(waiting(trusted), []);
    assert.match((await turn(world, [run("echo asked")], flags)).heard.at(-1) ?? "", /blocked by PreToolUse hook/);
  }
});
