/** A person's hooks around calls that the real Codex makes through the gateway, and what is recorded of them. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { mcpRoute } from "../../src/cli/mcp-route.ts";
import { settingsSchema } from "../../src/config/schema.ts";
import { overrides } from "../../src/hooks/native/registration.ts";
import { sqliteReader } from "../../src/sessions/sqlite/reader.ts";
import { ev, type Item, item } from "../../src/testing/index.ts";
import { exec } from "../e2e/exec.ts";
import { WIRES, type Wire, type World } from "../e2e/world.ts";
import { homeOf, hooked, programOf, write } from "../hooks/codex.ts";
import { EVERYTHING } from "./everything.ts";
import { group } from "./hooked-scene.ts";

const TOLD = "told.jsonl";
const CODE = `
  const r = await tools.mcp__plus__every_thing__echo({ message: "in code" });
  text(JSON.stringify(r.content));
  text(JSON.stringify((await tools.mcp__plus__every_thing__get_sum({ a: 1, b: 2 })).content));`;
const NOTE = `{ cat; echo; } >> ${TOLD}`;
const DENY = `${NOTE}; echo 'no sums' >&2; exit 2`;
const HOOKS = {
  PreToolUse: [group("mcp__every-thing__echo", NOTE), group("mcp__every-thing__get-sum", DENY)],
  PostToolUse: [group("mcp__every-thing__.*", NOTE)],
};

/** One turn in which a program calls two tools, and the model one by itself. @param approved whether Codex runs our hooks */
async function turn(t: TestContext, wire: Wire, approved: boolean): Promise<{ here: World; heard: string[] }> {
  const here = await hooked(t, HOOKS, { wire });
  const [home, codexHome] = [join(homeOf(here), "plus"), here.environment.CODEX_HOME ?? ""];
  await write(join(home, "mcp.json"), JSON.stringify({ mcpServers: { "every-thing": EVERYTHING } }));
  let history: readonly Item[] = [];
  let leg = 0;
  here.mock.answer((ask) => {
    if (ask.kind !== "main") return undefined;
    history = ask.history;
    const { response, call } = ask.id;
    const own = item.call(call, "every_thing__echo", { message: "by itself" });
    const steps = [ev.program(call, CODE), ev.done({ ...own, namespace: "mcp__plus" })];
    const step = steps[leg++];
    return step && [ev.created(response), step, ev.completed(response)];
  });
  const config = { ...settingsSchema.parse({}), environment: { home, codexHome, user: homeOf(here) } };
  const route = await mcpRoute(config, here.environment.OPENAI_BASE_URL ?? "", [], here.cwd);
  const natives = approved ? ["--dangerously-bypass-hook-trust", ...overrides(programOf(here))] : [];
  const registered = { ...here, environment: { ...here.environment, ...route.variables } };
  await exec(registered, ...natives, ...route.args, "do it");
  assert.deepEqual(here.mock.record.violations, []);
  const outputs = history.filter(({ type }) => String(type).endsWith("_call_output"));
  return { here, heard: outputs.map(({ output }) => JSON.stringify(output)) };
}

for (const wire of WIRES) {
  for (const approved of [false, true]) {
    const natives = approved ? "with Codex's own hooks beside" : "without any hooks of Codex's own";
    test(`${wire}: calls are judged once each and recorded, ${natives}`, { timeout: 120_000 }, async (t) => {
      const { here, heard } = await turn(t, wire, approved);
      const [program = "", single = ""] = heard;
      assert.match(program, /Echo: in code/);
      assert.match(program, /no sums/);
      assert.match(single, /Echo: by itself/);
      const told = (await readFile(join(here.cwd, TOLD), "utf8"))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      assert.deepEqual(
        told.map(({ hook_event_name: event, tool_name: tool, tool_input: input }) => [event, tool, input.message]),
        [
          ["PreToolUse", "mcp__every-thing__echo", "in code"],
          ["PostToolUse", "mcp__every-thing__echo", "in code"],
          ["PreToolUse", "mcp__every-thing__get-sum", undefined],
          ["PreToolUse", "mcp__every-thing__echo", "by itself"],
          ["PostToolUse", "mcp__every-thing__echo", "by itself"],
        ],
      );
      const reader = sqliteReader(await here.recorded());
      const [thread] = reader.threads({});
      const items = [...reader.items(thread?.id ?? "")].filter(({ role }) => role === "tool");
      reader.close();
      const refused = { type: "mcp_tool_call", tool: "mcp__every-thing__get-sum", failed: true };
      assert.deepEqual(
        items.map(({ type, tool, mcp }) => ({ type, tool, failed: mcp?.failed })),
        [
          { type: "custom_tool_call", tool: "exec", failed: undefined },
          { type: "mcp_tool_call", tool: "mcp__every-thing__echo", failed: false },
          { type: "mcp_tool_call_output", tool: "mcp__every-thing__echo", failed: undefined },
          // What Codex's own hooks have denied never comes to the gateway.
          ...(approved ? [] : [refused, { ...refused, type: "mcp_tool_call_output", failed: undefined }]),
          { type: "custom_tool_call_output", tool: "exec", failed: undefined },
          { type: "function_call", tool: "mcp__every-thing__echo", failed: false },
          { type: "function_call_output", tool: "mcp__every-thing__echo", failed: undefined },
        ],
      );
    });
  }
}
