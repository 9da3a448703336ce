/** The real Codex with a classic model, whose tool calls stand on the wire: hooks of its person's settings, without its own. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ev, type Item, item } from "../../src/testing/index.ts";
import { exec, messages } from "../e2e/exec.ts";
import { WIRES, type World, world } from "../e2e/world.ts";
import { homeOf, write } from "./codex.ts";
import { commands, says } from "./scene.ts";

const MODEL = ["--model", "gpt-5.5"];
const settings = (here: World, hooks: object): Promise<string> =>
  write(join(homeOf(here), ".claude", "settings.json"), JSON.stringify({ hooks }));

/** The model makes these calls, one answer each, and then says what it was told last. */
function model({ mock }: World, ...answers: (readonly Item[])[]): { heard(): Item[] } {
  const left = [...answers];
  let history: readonly Item[] = [];
  mock.answer((ask) => {
    if (ask.kind !== "main") return undefined;
    history = ask.history;
    const calls = left.shift() ?? [item.text(`msg_${ask.id.item}`, "done")];
    return [
      ev.created(ask.id.response),
      ...calls.map((call, index) => ev.done(call, index)),
      ev.completed(ask.id.response),
    ];
  });
  const from = (): number => history.findIndex(({ call_id }) => call_id !== undefined);
  return { heard: () => history.slice(from()) as Item[] };
}

const shell = (id: string, cmd: string): Item => item.call(id, "exec_command", { cmd });
const ran = (events: Awaited<ReturnType<typeof exec>>["events"]): string[] =>
  events.flatMap(({ type, item: done }) =>
    type === "item.completed" && done?.type === "command_execution" ? [String(done.command)] : [],
  );
const said = ({ type, call_id, role, output, content }: Item): unknown[] => [type, call_id ?? role, output ?? content];

const GUARD = `grep -q '"command":"rm ' && { echo 'no deleting' >&2; exit 2; }; exit 0`;
const guard = [{ matcher: "Bash", hooks: [{ type: "command", command: GUARD }] }];

for (const wire of WIRES) {
  test(`${wire}: an rm never gets to Codex, what stood beside it runs, and all of it is there when the thread is resumed`, {
    timeout: 120_000,
  }, async (t) => {
    const here = await world(t, { route: "proxy", wire });
    await settings(here, { PreToolUse: guard });
    const file = await write(join(here.cwd, "precious.txt"), "mine");
    const rm = [shell("call_1", `rm ${file}`), shell("call_2", "echo hi"), shell("call_3", `rm -f ${file}`)] as const;
    const { heard } = model(here, [rm[0], rm[1]], [rm[2]]);
    const shown = await exec(here, ...MODEL, "clean up");
    assert.deepEqual([shown.code, messages(shown), ran(shown.events)], [0, ["done"], ["/bin/bash -lc 'echo hi'"]]);
    assert.equal(await readFile(file, "utf8"), "mine");
    const reason = `PreToolUse:Bash hook error: [${GUARD}]: no deleting\n`;
    const told = heard().map(said);
    assert.deepEqual(
      told.map(([type, id]) => [type, id]),
      [
        ...(wire === "ws"
          ? [
              ["function_call", "call_1"],
              ["function_call", "call_2"],
            ]
          : [
              ["function_call", "call_2"],
              ["function_call", "call_1"],
            ]),
        ["function_call_output", "call_2"],
        ["function_call_output", "call_1"],
        ["function_call", "call_3"],
        ["function_call_output", "call_3"],
      ],
    );
    assert.deepEqual([told[3]?.[2], told[5]?.[2]], [reason, reason]);

    await exec(here, "resume", "--last", ...MODEL, "and now");
    assert.deepEqual(
      heard()
        .slice(0, 7)
        .map(said)
        .map(([type, id]) => [type, id]),
      [
        ["function_call", "call_2"],
        ["function_call", "call_1"],
        ["function_call_output", "call_2"],
        ["function_call_output", "call_1"],
        ["function_call", "call_3"],
        ["function_call_output", "call_3"],
        ["message", "assistant"],
      ],
    );
    assert.deepEqual(here.mock.record.violations, []);
  });

  test(`${wire}: a changed command is what runs, and feedback on it reaches the model behind its output`, {
    timeout: 120_000,
  }, async (t) => {
    const here = await world(t, { route: "proxy", wire });
    const updatedInput = { command: "echo what the hook wants" };
    await settings(here, {
      PreToolUse: commands(says({ hookSpecificOutput: { hookEventName: "PreToolUse", updatedInput } })),
      PostToolUse: commands("cat > told.json; echo 'look again' >&2; exit 2"),
    });
    const { heard } = model(here, [shell("call_1", "echo what the model wants")]);
    const shown = await exec(here, ...MODEL, "say it");
    assert.deepEqual(ran(shown.events), ["/bin/bash -lc 'echo what the hook wants'"]);
    const [call, output, feedback] = heard();
    assert.equal(call?.arguments, JSON.stringify({ cmd: "echo what the model wants" }));
    assert.match(String(output?.output), /Process exited with code 0\n.*what the hook wants\n$/s);
    assert.match(JSON.stringify(feedback?.content), /PostToolUse:Bash hook blocking error.*look again/);
    const { tool_input, tool_response } = JSON.parse(await readFile(join(here.cwd, "told.json"), "utf8"));
    assert.deepEqual([tool_input, tool_response.stdout], [updatedInput, "what the hook wants"]);
    assert.deepEqual(here.mock.record.violations, []);
  });

  test(`${wire}: a patch is written otherwise by a hook on Write, and one that is denied is not made`, {
    timeout: 120_000,
  }, async (t) => {
    const here = await world(t, { route: "proxy", wire });
    const code = `
      const { tool_input } = JSON.parse(require("fs").readFileSync(0));
      if (tool_input.file_path.endsWith("secret.txt")) { console.error("not there"); process.exit(2); }
      const updatedInput = { ...tool_input, content: tool_input.content + "checked\\n" };
      console.log(JSON.stringify({ hookSpecificOutput: { hookEventName: "PreToolUse", updatedInput } }));`;
    const hook = { type: "command", command: process.execPath, args: ["-e", code] };
    await settings(here, { PreToolUse: [{ matcher: "Write", hooks: [hook] }] });
    const patch = (name: string, id: string): Item => ({
      type: "custom_tool_call",
      id: `ctc_${id}`,
      call_id: id,
      name: "apply_patch",
      input: `*** Begin Patch\n*** Add File: ${name}\n+one\n*** End Patch`,
    });
    const { heard } = model(here, [patch("a.txt", "call_1")], [patch("secret.txt", "call_2")]);
    const shown = await exec(here, ...MODEL, "write it");
    assert.deepEqual(messages(shown), ["done"]);
    assert.equal(await readFile(join(here.cwd, "a.txt"), "utf8"), "one\nchecked\n");
    await assert.rejects(readFile(join(here.cwd, "secret.txt")), { code: "ENOENT" });
    const [, made, , denied] = heard();
    assert.match(JSON.stringify(made?.output), /Success/);
    assert.match(String(denied?.output), /^PreToolUse:Write hook error: .*: not there\n$/s);
    assert.deepEqual(here.mock.record.violations, []);
  });
}
