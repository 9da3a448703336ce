/** Tool calls that stand in the answer as such, judged by the hooks of a person: through the whole proxy, on both wires. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ev, type Item, item, type WireEvent } from "../../src/testing/events.ts";
import { Client, commands, itemsOf, type Scene, says, scene } from "./scene.ts";

const WIRES = ["sse", "ws"] as const;
type Wire = (typeof WIRES)[number];
const CLASSIC = { model: "gpt-5.5", tools: [{ type: "function", name: "exec_command" }] };

/** The events by which a model writes a call, its arguments in pieces. */
function streamed(call: Item, index = 0): WireEvent[] {
  const [field, name] =
    call.type === "custom_tool_call"
      ? (["input", "custom_tool_call_input"] as const)
      : (["arguments", "function_call_arguments"] as const);
  const text = String(call[field]);
  const at = { item_id: call.id, output_index: index };
  return [
    ev.added({ ...call, status: "in_progress", [field]: "" }, index),
    ...(text.match(/.{1,7}/gs) ?? []).map((delta) => ({ type: `response.${name}.delta`, ...at, delta })),
    { type: `response.${name}.done`, ...at, [field]: text },
    ev.done(call, index),
  ];
}

/** A whole answer of the model's. */
function answer(id: string, ...items: Item[]): WireEvent[] {
  const events = items.flatMap((each, index) =>
    each.type === "message" ? [ev.done(each, index)] : streamed(each, index),
  );
  return [ev.created(id), ...events, ev.completed(id, undefined, items)];
}

interface Talk {
  readonly here: Scene;
  readonly client: Client;
  /** The items of the requests upstream has got, one list each. */
  sent(): unknown[][];
}

async function talk(t: TestContext, wire: Wire, hooks: object, ...answers: WireEvent[][]): Promise<Talk> {
  const here = await scene(t);
  await here.hooks(hooks);
  here.mock.script(...answers);
  const client = new Client(t, here, wire);
  t.after(() => assert.deepEqual(here.mock.record.violations, []));
  return { here, client, sent: () => here.mock.record.turns.map(({ json }) => json.input as unknown[]) };
}

const shell = (id: string, cmd: string): Item => item.call(id, "exec_command", { cmd });
const output = (id: string, text: string): Item => ({
  type: "function_call_output",
  id: `fco_${id}`,
  call_id: id,
  output: text,
});
const exited = (code: number, text: string) =>
  `Chunk ID: 92b525\nWall time: 0.0000 seconds\nProcess exited with code ${code}\nOriginal token count: 1\nOutput:\n${text}`;
const text = (id: string, words: string) => item.text(id, words);
/** What the usual backend says beside its answers. */
const own = (events: readonly WireEvent[]) =>
  events.filter(({ type }) => type !== "response.metadata" && type !== "codex.rate_limits");

const GUARD = `grep -q '"command":"rm ' && { echo no deleting >&2; exit 2; }; exit 0`;
const guard = { PreToolUse: [{ matcher: "Bash", hooks: [{ type: "command", command: GUARD }] }] };
const DENIAL = `PreToolUse:Bash hook error: [${GUARD}]: no deleting\n`;
const denial = (id: string, reason = DENIAL) => ({ type: "function_call_output", call_id: id, output: reason });

/** A hook that is a server, whose answers the test gives. */
async function server(t: TestContext): Promise<{ hook: object; asked(): Promise<[IncomingMessage, ServerResponse]> }> {
  const made = createServer();
  made.listen(0, "127.0.0.1");
  await once(made, "listening");
  t.after(() => {
    made.closeAllConnections();
    made.close();
  });
  const { port } = made.address() as AddressInfo;
  return {
    hook: { type: "http", url: `http://127.0.0.1:${port}/` },
    asked: async () => (await once(made, "request")) as [IncomingMessage, ServerResponse],
  };
}

for (const wire of WIRES) {
  test(`${wire}: the client never sees a denied call, and the model goes on within the same answer`, async (t) => {
    const [rm, said] = [shell("call_1", "rm -rf /"), text("msg_2", "I shall not")];
    const { client, sent } = await talk(
      t,
      wire,
      guard,
      answer("r1", text("msg_1", "let me see"), rm),
      answer("r2", said),
    );
    const events = own(await client.type("go", CLASSIC));
    const beginnings = wire === "ws" ? [ev.created("r1"), ev.created("r2")] : [ev.created("r1")];
    const [, , prompt] = [...client.history].reverse();
    assert.deepEqual(events, [
      beginnings[0],
      ev.done(text("msg_1", "let me see"), 0),
      ...beginnings.slice(1),
      ev.done(said, 1),
      ev.completed("r2", undefined, [text("msg_1", "let me see"), said]),
    ]);
    const before = client.history.slice(0, 2);
    const more = [text("msg_1", "let me see"), rm, denial("call_1")];
    assert.deepEqual(prompt, before[1]);
    assert.deepEqual(sent(), [before, wire === "ws" ? more.slice(-1) : [...before, ...more]]);

    client.hangUp();
    await client.type("and now", CLASSIC);
    assert.deepEqual(sent().at(-1), [...before, ...more, said, client.history.at(-2)]);
  });

  test(`${wire}: where another call of the answer was let make, the denial goes up with its output`, async (t) => {
    const [rm, ls] = [shell("call_1", "rm -rf /"), shell("call_2", "ls")];
    const { client, sent } = await talk(t, wire, guard, answer("r1", rm, ls), answer("r2", text("msg_2", "ok")));
    const events = own(await client.type("go", CLASSIC));
    assert.deepEqual(events, answer("r1", ls));
    const before = client.history.slice(0, 2);
    client.history.push(output("call_2", exited(0, "a b\n")));
    await client.send(CLASSIC);
    const answers = [output("call_2", exited(0, "a b\n")), denial("call_1")];
    assert.deepEqual(sent().at(-1), wire === "ws" ? answers : [...before, ls, rm, ...answers]);

    client.hangUp();
    await client.type("and now", CLASSIC);
    const last = client.history.at(-2);
    assert.deepEqual(sent().at(-1), [...before, ls, rm, ...answers, text("msg_2", "ok"), last]);
  });

  test(`${wire}: a changed command is what the client runs, and what the model wrote is what goes up again`, async (t) => {
    const hook = says({ hookSpecificOutput: { hookEventName: "PreToolUse", updatedInput: { command: "ls -l" } } });
    const ls = item.call("call_1", "exec_command", { cmd: "ls", workdir: "/tmp" });
    const made = item.call("call_1", "exec_command", { cmd: "ls -l", workdir: "/tmp" });
    const { client, sent } = await talk(
      t,
      wire,
      { PreToolUse: commands(hook) },
      answer("r1", ls),
      answer("r2", text("msg_2", "ok")),
    );
    const events = own(await client.type("go", CLASSIC));
    assert.deepEqual(itemsOf(events), [made]);
    assert.deepEqual(events.at(-1), ev.completed("r1", undefined, [made]));
    const before = client.history.slice(0, 2);
    client.history.push(output("call_1", exited(0, "total 0\n")));
    client.hangUp();
    await client.send(CLASSIC);
    assert.deepEqual(sent().at(-1), [...before, ls, output("call_1", exited(0, "total 0\n"))]);
  });

  test(`${wire}: a patch of three files is three events, and one that is denied denies it`, async (t) => {
    const patch = [
      "*** Begin Patch",
      "*** Add File: a.txt",
      "+one",
      "*** Update File: b.txt",
      "@@",
      "-two",
      "+three",
      "*** Delete File: c.txt",
      "*** End Patch",
    ].join("\n");
    const keep = `cat > told.$$.json; grep -q b.txt told.$$.json && exit 2; exit 0`;
    const hooks = { PreToolUse: [{ matcher: "Write|Edit|Bash", hooks: [{ type: "command", command: keep }] }] };
    const call = { type: "custom_tool_call", id: "ctc_1", call_id: "call_1", name: "apply_patch", input: patch };
    const { client, sent, here } = await talk(t, wire, hooks, answer("r1", call), answer("r2", text("msg_2", "ok")));
    const events = own(await client.type("go", CLASSIC));
    assert.deepEqual(itemsOf(events), [text("msg_2", "ok")]);
    const reason = `PreToolUse:Edit hook error: [${keep}]: No stderr output`;
    assert.deepEqual(sent()[1]?.slice(wire === "ws" ? 0 : 2), [
      ...(wire === "ws" ? [] : [call]),
      { type: "custom_tool_call_output", call_id: "call_1", output: reason },
    ]);
    const files = (await readdir(here.project)).filter((name) => name.startsWith("told."));
    const told = await Promise.all(
      files.map(async (name) => JSON.parse(await readFile(join(here.project, name), "utf8"))),
    );
    const tools = told.map(({ tool_name, tool_input }) => ({ tool_name, tool_input }));
    tools.sort((a, b) => a.tool_name.localeCompare(b.tool_name));
    assert.deepEqual(tools, [
      { tool_name: "Bash", tool_input: { command: "rm c.txt" } },
      {
        tool_name: "Edit",
        tool_input: {
          file_path: join(here.project, "b.txt"),
          old_string: "two",
          new_string: "three",
          replace_all: false,
        },
      },
      { tool_name: "Write", tool_input: { file_path: join(here.project, "a.txt"), content: "one\n" } },
    ]);
  });

  test(`${wire}: hooks are told of a call, and of its output once, as Claude Code tells them`, async (t) => {
    const keep = (name: string) => `cat > ${name}.json; echo x >> ${name}.count`;
    const hooks = { PreToolUse: commands(keep("before")), PostToolUse: commands(keep("after")) };
    const { client, here } = await talk(
      t,
      wire,
      hooks,
      answer("r1", shell("call_1", "ls")),
      answer("r2", text("msg_2", "ok")),
    );
    await client.type("go", { ...CLASSIC, reasoning: { effort: "high" } });
    client.history.push(output("call_1", exited(0, "a\nb\n")));
    await client.send(CLASSIC);
    client.hangUp();
    await client.type("and now", CLASSIC);
    const read = async (name: string) => JSON.parse(await readFile(join(here.project, name), "utf8"));
    const { transcript_path, prompt_id, ...before } = await read("before.json");
    assert.deepEqual(before, {
      session_id: client.thread,
      cwd: here.project,
      permission_mode: "default",
      effort: { level: "high" },
      hook_event_name: "PreToolUse",
      tool_name: "Bash",
      tool_input: { command: "ls" },
      tool_use_id: "call_1",
    });
    const after = await read("after.json");
    assert.deepEqual(after, {
      session_id: client.thread,
      transcript_path,
      prompt_id,
      cwd: here.project,
      permission_mode: "default",
      hook_event_name: "PostToolUse",
      tool_name: "Bash",
      tool_input: { command: "ls" },
      tool_use_id: "call_1",
      tool_response: { stdout: "a\nb", stderr: "", interrupted: false, isImage: false, noOutputExpected: false },
    });
    assert.equal(await readFile(join(here.project, "after.count"), "utf8"), "x\n");
  });

  test(`${wire}: what hooks say to an output stands behind it ever after, and what they put in its place in its place`, async (t) => {
    const hooks = {
      PreToolUse: commands(
        says({ hookSpecificOutput: { hookEventName: "PreToolUse", additionalContext: "mind the gap" } }),
      ),
      PostToolUse: [
        { matcher: "Bash", hooks: [{ type: "command", command: "echo look again >&2; exit 2" }] },
        {
          matcher: "lookup",
          hooks: [
            {
              type: "command",
              command: says({ hookSpecificOutput: { hookEventName: "PostToolUse", updatedToolOutput: "<masked>" } }),
            },
          ],
        },
      ],
    };
    const lookup = item.call("call_2", "lookup", { who: "me" });
    const calls = answer("r1", shell("call_1", "ls"), lookup);
    const { client, sent } = await talk(t, wire, hooks, calls, answer("r2", text("msg_2", "ok")));
    await client.type("go", CLASSIC);
    client.history.push(output("call_1", exited(0, "a\n")), output("call_2", "secret"));
    const before = client.history.slice(0, -2);
    await client.send(CLASSIC);
    const added =
      sent()
        .at(-1)
        ?.slice(wire === "ws" ? 0 : before.length) ?? [];
    const [first, beside, second, third] = added as (Item & { readonly content: { text: string }[] })[];
    assert.deepEqual(first, output("call_1", exited(0, "a\n")));
    assert.equal(beside?.role, "developer");
    assert.deepEqual(
      beside?.content.map(({ text: said }) => said),
      [
        "PreToolUse:Bash hook additional context: mind the gap",
        `PostToolUse:Bash hook blocking error from command: "echo look again >&2; exit 2": [echo look again >&2; exit 2]: look again\n`,
      ],
    );
    assert.deepEqual(second, output("call_2", "<masked>"));
    assert.deepEqual(
      third?.content.map(({ text: said }) => said),
      ["PreToolUse:lookup hook additional context: mind the gap"],
    );

    client.hangUp();
    await client.type("and now", CLASSIC);
    assert.deepEqual(sent().at(-1), [...before, ...added, text("msg_2", "ok"), client.history.at(-2)]);
  });

  test(`${wire}: a command that fails is a PostToolUseFailure`, async (t) => {
    const hooks = { PostToolUseFailure: commands("cat > failed.json"), PostToolUse: commands("touch wrong") };
    const { client, here } = await talk(
      t,
      wire,
      hooks,
      answer("r1", shell("call_1", "false")),
      answer("r2", text("msg_2", "ok")),
    );
    await client.type("go", CLASSIC);
    client.history.push(output("call_1", exited(3, "")));
    await client.send(CLASSIC);
    const { error, is_interrupt, hook_event_name } = JSON.parse(
      await readFile(join(here.project, "failed.json"), "utf8"),
    );
    assert.deepEqual(
      { error, is_interrupt, hook_event_name },
      { error: "Exit code 3", is_interrupt: false, hook_event_name: "PostToolUseFailure" },
    );
    assert.equal(existsSync(join(here.project, "wrong")), false);
  });

  test(`${wire}: an output with a denial behind it keeps it when hooks put something beside it`, async (t) => {
    const note = says({ hookSpecificOutput: { hookEventName: "PostToolUse", additionalContext: "noted" } });
    const calls = answer("r1", shell("call_1", "rm a"), shell("call_2", "ls"));
    const { client, sent } = await talk(
      t,
      wire,
      { ...guard, PostToolUse: commands(note) },
      calls,
      answer("r2", text("msg_2", "ok")),
    );
    await client.type("go", CLASSIC);
    client.history.push(output("call_2", exited(0, "a\n")));
    await client.send(CLASSIC);
    client.hangUp();
    await client.type("and now", CLASSIC);
    const tail = sent().at(-1)?.slice(2) as Item[];
    assert.deepEqual(
      tail.map(({ type, call_id, role }) => call_id ?? role ?? type),
      ["call_2", "call_1", "call_2", "developer", "call_1", "assistant", "user"],
    );
  });

  test(`${wire}: where nobody can be asked, ask is a denial that gives its reason`, async (t) => {
    const hook = says({
      hookSpecificOutput: {
        hookEventName: "PreToolUse",
        permissionDecision: "ask",
        permissionDecisionReason: "big one",
      },
    });
    const { client, sent } = await talk(
      t,
      wire,
      { PreToolUse: commands(hook) },
      answer("r1", shell("call_1", "ls")),
      answer("r2", text("msg_2", "ok")),
    );
    await client.type("go", CLASSIC);
    const said = sent().at(-1)?.at(-1);
    const reason =
      "PreToolUse:Bash hook error: a person would have to decide on it, and nobody can be asked here: big one";
    assert.deepEqual(said, denial("call_1", reason));
  });

  test(`${wire}: a hook that ends the turn ends it: no call, no further request, and the next one is whole`, async (t) => {
    const hook = says({ continue: false, stopReason: "enough" });
    const call = shell("call_1", "ls");
    const { client, sent } = await talk(
      t,
      wire,
      { PreToolUse: commands(hook), Stop: commands("touch stop") },
      answer("r1", call),
    );
    const events = own(await client.type("go", CLASSIC));
    assert.match(JSON.stringify(itemsOf(events)), /Operation stopped by hook: enough/);
    assert.equal(sent().length, 1);
    await client.type("and now", CLASSIC);
    const [context, prompt] = client.history;
    assert.deepEqual(sent().at(-1), [context, prompt, call, denial("call_1", "enough"), client.history.at(-2)]);
  });

  test(`${wire}: a hook that takes longer than its time lets the call go`, async (t) => {
    const hooks = { PreToolUse: [{ hooks: [{ type: "command", command: "sleep 60", timeout: 0.2 }] }] };
    const { client } = await talk(t, wire, hooks, answer("r1", shell("call_1", "ls")));
    const [call, told] = itemsOf(await client.type("go", CLASSIC));
    assert.deepEqual(call, shell("call_1", "ls"));
    assert.deepEqual(told?.content, [
      { type: "output_text", text: "A hook didn't answer in time, so it didn't check this action." },
    ]);
  });

  test(`${wire}: code mode's program is passed by, also where hooks would deny everything`, async (t) => {
    const program = item.program("call_1", "await tools.exec_command({cmd:'ls'})");
    const { client } = await talk(t, wire, { PreToolUse: commands("exit 2") }, answer("r1", program));
    assert.deepEqual(own(await client.type("go", CLASSIC)), answer("r1", program));
  });

  test(`${wire}: a Stop hook that has the model go on after a denial sends all that upstream knows`, async (t) => {
    const stop = `grep -q '"stop_hook_active":true' && exit 0; echo keep going >&2; exit 2`;
    const rm = shell("call_1", "rm a");
    const answers = [answer("r1", rm), answer("r2", text("msg_2", "no")), answer("r3", text("msg_3", "ok"))];
    const { client, sent } = await talk(t, wire, { ...guard, Stop: commands(stop) }, ...answers);
    await client.type("go", CLASSIC);
    const [context, prompt] = client.history;
    const feedback = (sent()[2] as Item[]).at(-1);
    const whole = [context, prompt, rm, denial("call_1"), text("msg_2", "no"), feedback];
    assert.match(JSON.stringify(feedback), /keep going/);
    assert.deepEqual(sent()[2], wire === "ws" ? [feedback] : whole);
    client.hangUp();
    await client.type("and now", CLASSIC);
    const next = client.history.findLast(({ role }) => role === "user");
    assert.deepEqual(sent()[3], [...whole, text("msg_3", "ok"), next]);
  });

  test(`${wire}: who leaves while a call is judged ends the hook, and finds all in order when they come back`, async (t) => {
    const { hook, asked } = await server(t);
    const call = shell("call_1", "ls");
    const answers = [answer("r1", call), answer("r2", call)];
    const { client, sent } = await talk(t, wire, { PreToolUse: [{ hooks: [hook] }] }, ...answers);
    const going = client.type("go", CLASSIC).catch(() => undefined);
    const [, hanging] = await asked();
    client.hangUp();
    await Promise.all([once(hanging, "close"), going]);

    const again = client.send(CLASSIC);
    const [, response] = await asked();
    response.setHeader("content-type", "application/json").end("{}");
    assert.deepEqual(own(await again), answers[1]);
    assert.deepEqual(sent()[1], sent()[0]);
  });

  test(`${wire}: text flows while a call behind it is judged`, async (t) => {
    const { hook, asked } = await server(t);
    const call = shell("call_1", "ls");
    const events = [ev.created("r1"), ev.text("msg_1", "let me see", 0), ...streamed(call, 1), ev.completed("r1")];
    const { client } = await talk(t, wire, { PreToolUse: [{ hooks: [hook] }] }, events);
    const seen: WireEvent[] = [];
    const shown = Promise.withResolvers<void>();
    client.saw = (event) => {
      seen.push(event);
      if (event.type === "response.output_item.done") shown.resolve();
    };
    const going = client.type("go", CLASSIC);
    const [, response] = await asked();
    await shown.promise;
    assert.deepEqual(own(seen), events.slice(0, 2));
    response.setHeader("content-type", "application/json").end("{}");
    assert.deepEqual(own(await going), events);
  });
}
