/** Hooks on the wire with the real Codex: what upstream is told now, when the thread is resumed, and once it is compacted. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ev, type Item } from "../../src/testing/index.ts";
import { startAppServer, startThread, typed } from "../e2e/app-server.ts";
import { exec, messages } from "../e2e/exec.ts";
import { openTerminal } from "../e2e/tmux.ts";
import { WIRES, type World, world } from "../e2e/world.ts";
import { homeOf, write } from "./codex.ts";
import { commands, says, texts } from "./scene.ts";

const settings = (here: World, hooks: object): Promise<string> =>
  write(join(homeOf(here), ".claude", "settings.json"), JSON.stringify({ hooks }));

/** All that the model was told, request by request, without what Codex says of itself. */
function heard({ mock }: World): () => string[][] {
  const histories: (readonly Item[])[] = [];
  let answers = 0;
  mock.answer((ask) => {
    if (ask.kind === "main") histories.push(ask.history);
    if (ask.kind !== "main") return undefined;
    answers += 1;
    return [
      ev.created(ask.id.response),
      ev.text(`msg_${ask.id.item}`, `answer ${answers}`),
      ev.completed(ask.id.response),
    ];
  });
  return () =>
    histories.map((history) =>
      texts(history.filter(({ type }) => type === "message" || type === "compaction")).filter(
        (text) => !text.startsWith("developer:") || / hook (success|additional context): /.test(text),
      ),
    );
}

const START = "developer: SessionStart:startup hook success: of the session";
const RESUMED = "developer: SessionStart:resume hook success: of the session";
const PROMPT = "developer: UserPromptSubmit hook success: of the prompt";
const STOP = 'grep -q \'active":true\' && exit 0; echo "go on" >&2; exit 2';
const FEEDBACK = `user: Stop hook feedback:\n[${STOP}]: go on\n`;

for (const wire of WIRES) {
  test(`${wire}: blocks, context and Stop feedback stay what they were when Codex comes back`, {
    timeout: 120_000,
  }, async (t) => {
    const here = await world(t, { route: "proxy", wire });
    const told = heard(here);
    await settings(here, {
      SessionStart: commands("echo of the session"),
      UserPromptSubmit: commands(
        `grep -q secret && ${says({ decision: "block", reason: "no secrets" })}; exit 0`,
        "echo of the prompt",
      ),
      Stop: commands(STOP),
    });
    const blocked = await exec(here, "my secret");
    assert.deepEqual(messages(blocked), [
      "UserPromptSubmit operation blocked by hook:\nno secrets\n\nOriginal prompt: my secret",
    ]);
    assert.deepEqual(told(), []);
    assert.deepEqual(messages(await exec(here, "resume", "--last", "one")), ["answer 1", "answer 2"]);
    const first = [START, RESUMED, "user: one", PROMPT, "answer 1", FEEDBACK];
    const said = (all: readonly string[]): string[] =>
      all.map((text) => (/^answer/.test(text) ? `assistant: ${text}` : text));
    assert.deepEqual(told().at(-1), said(first));
    await exec(here, "resume", "--last", "a secret again");
    await exec(here, "resume", "--last", "two");
    assert.deepEqual(told().at(-1)?.slice(0, 7), said([...first, "answer 2"]));
    assert.deepEqual(told().at(-1)?.slice(-4), said(["user: two", PROMPT, "answer 3", FEEDBACK]));
    assert.doesNotMatch(JSON.stringify(told()), /secret/);
    assert.deepEqual(here.mock.record.violations, []);
  });

  test(`${wire}: a compaction is refused where a hook says so, and what was said stands after one`, {
    timeout: 120_000,
  }, async (t) => {
    const here = await world(t, { route: "proxy", wire });
    const told = heard(here);
    const hooks = {
      SessionStart: commands("echo of the session"),
      UserPromptSubmit: commands("echo of the prompt"),
      Stop: commands(STOP),
    };
    await settings(here, { ...hooks, PreCompact: commands("echo not now >&2; exit 2") });
    const server = await startAppServer(here);
    const threadId = await startThread(server, here);
    await server.call("turn/start", { threadId, input: typed("one") });
    await server.notified("turn/completed", 1);
    await server.call("thread/compact/start", { threadId });
    const { params } = await server.notified("turn/completed", 2);
    assert.match(JSON.stringify(params), /Compaction blocked by PreCompact hook: \[.*\]: not now/);
    const record = `cat > ${join(homeOf(here), "compacted.json")}`;
    await settings(here, { ...hooks, PostCompact: commands(record) });
    await server.call("thread/compact/start", { threadId });
    await server.notified("turn/completed", 3);
    assert.equal(JSON.parse(await readFile(join(homeOf(here), "compacted.json"), "utf8")).trigger, "manual");
    await server.call("turn/start", { threadId, input: typed("two") });
    await server.notified("turn/completed", 4);
    assert.deepEqual(told().at(-1), [
      ...[START, "user: one", PROMPT, "compaction"],
      ...["developer: SessionStart:compact hook success: of the session", "user: two", PROMPT],
      ...["assistant: answer 3", FEEDBACK],
    ]);
    assert.deepEqual(here.mock.record.violations, []);
  });

  test(`${wire}: the terminal shows what hooks say, and none of it goes up`, { timeout: 60_000 }, async (t) => {
    const here = await world(t, { route: "proxy", wire, credential: "apikey" });
    const told = heard(here);
    await write(join(here.cwd, ".claude", "settings.json"), JSON.stringify({ hooks: { Stop: commands("echo evil") } }));
    await settings(here, {
      UserPromptSubmit: commands(
        `grep -q secret && { echo no secrets >&2; exit 2; }; exit 0`,
        says({ systemMessage: "word of the prompt" }),
      ),
      Stop: commands(says({ systemMessage: "word of the end" })),
    });
    const terminal = await openTerminal(here, [here.codex, "--no-daemon"]);
    await terminal.shows(/Ask Codex to do anything/);
    await terminal.enter("one");
    await terminal.shows(/^• Stop says: word of the end$/);
    const screen = await terminal.screen();
    assert.deepEqual(
      screen.filter((line) => /^• /.test(line)),
      [
        "• Hooks that come with this project were not run, as nobody has trusted them:",
        "• UserPromptSubmit says: word of the prompt",
        "• answer 1",
        "• Stop says: word of the end",
      ],
    );
    await terminal.enter("my secret");
    await terminal.shows(/no secrets$/);
    await terminal.enter("two");
    await terminal.shows(/^• answer 2$/);
    assert.deepEqual(told(), [["user: one"], ["user: one", "assistant: answer 1", "user: two"]]);
    assert.deepEqual(here.mock.record.violations, []);
  });
}
