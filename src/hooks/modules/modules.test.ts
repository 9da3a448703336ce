import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Handler } from "../hook.ts";
import { type PreInputVerdict, postOutput, preInput, wireHandlers } from "../wire.ts";
import { HookModules } from "./index.ts";

const root = await mkdtemp(join(tmpdir(), "codex-plus-modules-"));
after(() => rm(root, { recursive: true }));

let folders = 0;
/** Hook files in a folder of their own, and what asks them. */
async function laid(files: Readonly<Record<string, string>>, most?: number) {
  folders += 1;
  const folder = join(root, `h${folders}`);
  await mkdir(folder);
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  for (const [name, text] of Object.entries(files)) await write(name, text);
  const modules = new HookModules(most);
  after(() => modules.close());
  const handlers = (): Handler[] => modules.find([{ folder, layer: "plus-user" }]).flatMap((one) => one.handlers);
  const failures: string[] = [];
  const setting = {
    project: folder,
    env: { PATH: process.env.PATH },
    signal: new AbortController().signal,
    failed: (_: Handler, why: string) => failures.push(why),
  };
  const asked = { prompt: "hello", model: "m", session: "s", cwd: folder };
  const pre = (): Promise<PreInputVerdict> => preInput(modules, handlers(), asked, setting);
  const post = (type: string, event: object = {}) =>
    postOutput(
      modules,
      wireHandlers(handlers(), "post_output"),
      { type, ...event },
      { session: "s", model: "m" },
      setting,
    );
  return { folder, write, modules, handlers, pre, post, failures, setting };
}

const hook = (body: string): string =>
  `import { defineHook } from "codex-plus";\nexport default defineHook({ ${body} });\n`;

test("the events, matcher, priority and time of a module are read from its text", async () => {
  const { handlers, folder } = await laid({
    "guard.ts": hook(`matcher: "Bash|Write", priority: -5, timeout: 2_000, PreToolUse(input) {}, async pre_input() {}`),
    "stream.mjs": hook(`streamEvents: ["response.output_text.delta"], post_output: (event) => event`),
    "helper.ts": "export const PreToolUse = () => 1;",
    "notes.md": "defineHook({ pre_input() {} })",
  });
  const common = { kind: "module", layer: "plus-user" };
  const guard = {
    ...common,
    matcher: "Bash|Write",
    timeoutMs: 2000,
    options: { priority: -5, streamEvents: undefined },
  };
  assert.deepEqual(handlers(), [
    { ...guard, event: "PreToolUse", name: join(folder, "guard.ts"), file: join(folder, "guard.ts") },
    { ...guard, event: "pre_input", name: join(folder, "guard.ts"), file: join(folder, "guard.ts") },
    {
      ...common,
      event: "post_output",
      matcher: undefined,
      timeoutMs: undefined,
      name: join(folder, "stream.mjs"),
      file: join(folder, "stream.mjs"),
      options: { priority: undefined, streamEvents: ["response.output_text.delta"] },
    },
  ]);
});

test("files of a project that nobody trusts yet are read in no time, whatever is in them", async () => {
  const { handlers } = await laid({
    "blank.py": `"""\n${"\n".repeat(300_000)}"""`,
    "spaces.py": `"""\nname: x${" ".repeat(300_000)}y\n"""`,
    "open.ts": `defineHook(${"streamEvents:[".repeat(50_000)}`,
  });
  assert.deepEqual(handlers(), []);
});

test("prompts pass through all hooks by priority, each seeing what the one before has made of it", async () => {
  const { pre, failures } = await laid({
    "b.ts": hook('priority: 2, pre_input: ({ prompt }) => ({ prompt: prompt + " b" })'),
    "a.ts": hook('priority: 1, pre_input: async ({ prompt }) => ({ prompt: prompt + " a" })'),
    "c.py":
      '"""\nHook Metadata:\n    name: context\n    type: pre_input\n    priority: 3\n    enabled: true\n"""\n\nasync def pre_input(data):\n    print("noise")\n    return {"context": "seen: " + data["prompt"]}\n',
    "off.py":
      '"""\nname: off\ntype: pre_input\nenabled: false\n"""\ndef pre_input(data):\n    return {"prompt": "never"}\n',
  });
  assert.deepEqual(await pre(), { prompt: "hello a b", context: ["seen: hello a b"] });
  assert.deepEqual(await pre(), { prompt: "hello a b", context: ["seen: hello a b"] }, "asked again, they still live");
  assert.deepEqual(failures, []);
});

test("an answer ends the round", async () => {
  const { pre } = await laid({
    "a.ts": hook('priority: 1, pre_input: () => ({ answer: "no" })'),
    "b.ts": hook('priority: 2, pre_input: () => ({ prompt: "never" })'),
  });
  assert.deepEqual(await pre(), { answer: "no", context: [] });
});

test("events may pass, be edited, dropped, multiplied, and end the stream", async () => {
  const { post } = await laid({
    "s.ts": hook(`post_output(event, { session }) {
      if (event.type === "drop") return null;
      if (event.type === "edit") return { ...event, text: session };
      if (event.type === "two") return [event, { type: "extra" }];
      if (event.type === "end") return { end: [{ type: "last" }] };
    }`),
    "t.py":
      '"""\ntype: post_output\npriority: 9\n"""\nclass Hook:\n    def post_output(self, event):\n        if event["type"] == "extra":\n            return [dict(event, python=True)]\n',
  });
  assert.deepEqual(await post("pass"), { events: [{ type: "pass" }], end: false });
  assert.deepEqual(await post("drop"), { events: [], end: false });
  assert.deepEqual(await post("edit"), { events: [{ type: "edit", text: "s" }], end: false });
  assert.deepEqual(await post("two"), { events: [{ type: "two" }, { type: "extra", python: true }], end: false });
  assert.deepEqual(await post("end"), { events: [{ type: "last" }], end: true });
});

test("a module that hangs, throws, breaks or answers nonsense lets everything go on, and the next call works", async () => {
  const { pre, write, failures } = await laid({
    "h.ts": hook("timeout: 300, pre_input: () => { while (true); }"),
  });
  assert.deepEqual(await pre(), { context: [] });
  assert.deepEqual(failures.splice(0), ["it was ended after 0.3 s"]);
  await write("h.ts", hook('pre_input: () => { throw new Error("oh") }'));
  assert.deepEqual(await pre(), { context: [] });
  assert.deepEqual(failures.splice(0), ["oh"]);
  await write("h.ts", hook("pre_input: () => 7"));
  assert.deepEqual(await pre(), { context: [] });
  assert.deepEqual(failures.splice(0), ["it must answer nothing, { prompt }, { answer } or { context }"]);
  await write("h.ts", hook("pre_input: () => process.exit(3)"));
  assert.deepEqual(await pre(), { context: [] });
  assert.deepEqual(failures.splice(0), ["its thread has ended"]);
  await write("h.ts", `${hook('pre_input: () => ({ prompt: "well" })')} // mended`);
  assert.deepEqual(await pre(), { prompt: "well", context: [] });
});

test("a Python file that hangs, throws or cannot be read lets everything go on, and the next call works", async () => {
  const python = (body: string): string => `"""\ntype: pre_input\n"""\n${body}\n`;
  const { pre, write, failures, handlers } = await laid({
    "h.py": python("import time\ndef pre_input(d):\n    time.sleep(60)"),
  });
  const limit = handlers()[0] as { timeoutMs?: number };
  limit.timeoutMs = 400;
  assert.deepEqual(await pre(), { context: [] });
  assert.deepEqual(failures.splice(0), ["it was ended after 0.4 s"]);
  await write("h.py", python("def pre_input(d):\n    raise ValueError('oh')"));
  assert.deepEqual(await pre(), { context: [] });
  assert.deepEqual(failures.splice(0), ["ValueError: oh"]);
  await write("h.py", python("def pre_input(d:\n"));
  assert.deepEqual(await pre(), { context: [] });
  assert.match(failures.splice(0).join(), /^SyntaxError: /);
  await write("h.py", python("import os\ndef pre_input(d):\n    os._exit(4)"));
  assert.deepEqual(await pre(), { context: [] });
  assert.deepEqual(failures.splice(0), ["it ended with exit code 4"]);
  await write("h.py", python("def pre_input(d):\n    return {'prompt': d['prompt'].upper()}"));
  assert.deepEqual(await pre(), { prompt: "HELLO", context: [] });
});

test("a process that floods a line is ended", async () => {
  const { modules, setting, folder } = await laid({});
  const handler: Handler = {
    event: "pre_input",
    matcher: undefined,
    kind: "process",
    name: "head -c 100000000 /dev/zero; sleep 60",
    file: join(folder, "settings.json"),
    layer: "plus-user",
    timeoutMs: undefined,
    options: {},
  };
  const asked = { event: "pre_input", input: {} } as const;
  const answer = await modules.ask(handler, asked, { ...setting, timeoutMs: 20_000 });
  assert.deepEqual(answer, { failure: "it printed a line of more than 16 MiB", timedOut: false });
});

test("what lies compiled beside a Python hook is not run in its place", async () => {
  const say = (answer: string): string =>
    `"""\ntype: pre_input\n"""\ndef pre_input(asked):\n  return {"answer": "${answer}"}\n`;
  const { folder, pre } = await laid({ "say.py": say("as trusted"), "other.txt": say("something else") });
  const compile = `
import importlib.util, py_compile, sys
source, of = sys.argv[1:]
cached = importlib.util.cache_from_source(of)
py_compile.compile(source, cfile=cached, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)`;
  execFileSync("python3", ["-c", compile, join(folder, "other.txt"), join(folder, "say.py")]);
  assert.equal((await pre()).answer, "as trusted");
});

test("a person's own module sees the project that it is asked for", async () => {
  const { modules, handlers, setting } = await laid({
    "where.ts": hook(`PreToolUse: () => [process.env.CLAUDE_PROJECT_DIR, process.env.ONLY_OF_A ?? ""]`),
  });
  const [handler] = handlers();
  assert.ok(handler);
  const ask = (project: string, env: NodeJS.ProcessEnv) =>
    modules.ask(handler, { event: "PreToolUse", input: {} }, { ...setting, project, env, timeoutMs: 10_000 });
  assert.deepEqual((await ask("/a", { ONLY_OF_A: "a" })).value, ["/a", "a"]);
  assert.deepEqual((await ask("/b", {})).value, ["/b", ""]);
});

test("of more modules than are kept alive, the one that was not asked for longest is begun anew; none that is at work", async () => {
  const { modules, handlers, setting } = await laid(
    {
      "count.ts": `let asked = 0;\n${hook("PreToolUse: (wait) => wait ? new Promise(() => {}) : ++asked")}`,
    },
    2,
  );
  const [handler] = handlers();
  assert.ok(handler);
  const gone = new AbortController();
  const ask = async (project: string, input: unknown = false, { signal }: { signal: AbortSignal } = setting) =>
    (await modules.ask(handler, { event: "PreToolUse", input }, { ...setting, signal, project, timeoutMs: 10_000 }))
      .value;
  const counts = async (...projects: string[]): Promise<unknown[]> => {
    const each: unknown[] = [];
    for (const project of projects) each.push(await ask(project));
    return each;
  };
  assert.deepEqual(await counts("/a", "/b", "/a", "/c", "/b", "/c"), [1, 1, 2, 1, 1, 2]);
  const waiting = ask("/b", true, gone);
  assert.deepEqual(await counts("/a", "/c", "/b"), [1, 1, 2]);
  gone.abort();
  await waiting;
});
