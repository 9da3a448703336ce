/** What Claude Code was recorded to tell its hooks and its model is what they get through the proxy, on both wires. */
import assert from "node:assert/strict";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ev, type Item } from "../../src/testing/index.ts";
import { Client, itemsOf, type Scene, scene } from "./scene.ts";

type Dumps = Readonly<Record<string, readonly unknown[]>>;

interface Recorded {
  readonly id: string;
  readonly hooks: object;
  readonly stdout: string;
  readonly dumps: Dumps;
  readonly messages: readonly (readonly { readonly role: string; readonly content: readonly string[] }[])[];
  readonly tool?: unknown;
}

const ALL: readonly Recorded[] = JSON.parse(await readFile(join(import.meta.dirname, "oracle.json"), "utf8"));
/** Calls inside the model's answer have their own tests; what the environment holds, the engine's. */
const CASES = ALL.filter(({ tool, id }) => tool === undefined && id !== "env");

/** What differs from run to run. */
function masked(dumps: Dumps, project: string): Dumps {
  const text = JSON.stringify(dumps)
    .replaceAll(project, "<PROJ>")
    .replace(/"(session_id|transcript_path|prompt_id)":"[^"]+"/g, '"$1":"…"');
  return JSON.parse(text);
}

async function dumped(folder: string, { project }: Scene): Promise<Dumps> {
  const entries = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const lines = (await readFile(join(folder, name), "utf8")).split("\n").filter(Boolean);
      return [name.replace(".jsonl", ""), lines.map((line) => (line.startsWith("{") ? JSON.parse(line) : line))];
    }),
  );
  return masked(Object.fromEntries(entries), project);
}

/** What was said, and what hooks have put beside it, whoever's role that is in. */
function told(messages: readonly { readonly role: string; readonly content: readonly string[] }[]) {
  const beside = (role: string): boolean => role === "system" || role === "developer";
  return {
    said: messages.filter(({ role }) => !beside(role)).map(({ role, content }) => [role, ...content]),
    beside: messages.filter(({ role }) => beside(role)).flatMap(({ content }) => content),
  };
}

for (const wire of ["sse", "ws"] as const) {
  for (const recorded of CASES) {
    test(`${wire}: ${recorded.id} is as recorded`, async (t) => {
      const here = await scene(t);
      const dump = join(here.root, "dump");
      await mkdir(dump);
      await here.write("~/.claude/settings.json", JSON.stringify({ hooks: recorded.hooks, env: { DUMP: dump } }));
      const histories: (readonly Item[])[] = [];
      here.mock.answer((ask) => {
        histories.push(ask.history);
        return [ev.created(ask.id.response), ev.text(`msg_${ask.id.item}`, "OK"), ev.completed(ask.id.response)];
      });
      const client = new Client(t, here, wire);
      const events = await client.type("hello prompt", { reasoning: { effort: "medium" } });
      await here.app.stop();
      assert.equal(textOf(itemsOf(events).at(-1)).trim(), recorded.stdout);
      assert.deepEqual(await dumped(dump, here), masked(recorded.dumps, here.project));
      assert.deepEqual(
        histories.map((history) =>
          told(history.filter(isSaid).map((item) => ({ role: `${item.role}`, content: [textOf(item)] }))),
        ),
        recorded.messages.map(told),
      );
      assert.deepEqual(here.mock.record.violations, []);
    });
  }
}

function isSaid(item: Item): boolean {
  return item.type === "message" && !textOf(item).includes("<environment_context>");
}

function textOf(item: Item | undefined): string {
  const content = Array.isArray(item?.content) ? item.content : [];
  return content.map(({ text }: { text?: string }) => text ?? "").join("\n");
}
