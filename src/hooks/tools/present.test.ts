import assert from "node:assert/strict";
import { test } from "node:test";
import { type CodexCall, present } from "./present.ts";

const CWD = "/home/me/project";
const shown = (call: CodexCall) => present(call, CWD)?.calls;
const changed = (call: CodexCall, ...inputs: Record<string, unknown>[]) => present(call, CWD)?.rewrite(inputs);
const bash = (command: string, cwd?: string) => [{ tool: "Bash", input: { command }, cwd }];

const PATCH = "*** Begin Patch\n*** Add File: a.txt\n+one\n*** End Patch";
const WRITE = { tool: "Write", input: { file_path: `${CWD}/a.txt`, content: "one\n" } };

test("a shell call of any Codex is a Bash call, where it will run", () => {
  const forms: [CodexCall, ReturnType<typeof bash>][] = [
    [{ name: "exec_command", input: { cmd: "ls", yield_time_ms: 1000 } }, bash("ls")],
    [{ name: "exec_command", input: { cmd: "ls", workdir: "sub" } }, bash("ls", `${CWD}/sub`)],
    [{ name: "shell_command", input: { command: "ls -l" } }, bash("ls -l")],
    [{ name: "shell", input: { command: ["bash", "-lc", "ls | wc"], workdir: "/tmp" } }, bash("ls | wc", "/tmp")],
    [
      { name: "local_shell", input: { command: ["git", "commit", "-m", "it's done"] } },
      bash(`git commit -m 'it'\\''s done'`),
    ],
    [{ name: "Bash", input: { command: "ls" } }, bash("ls")],
  ];
  for (const [call, expected] of forms) assert.deepEqual(shown(call), expected);
  assert.deepEqual(shown({ name: "exec_command", input: { cmd: "ls", justification: "to see" } }), [
    { tool: "Bash", input: { command: "ls", description: "to see" }, cwd: undefined },
  ]);
});

test("a changed command keeps all else of its call", () => {
  const command = { command: "ls -l" };
  assert.deepEqual(changed({ name: "exec_command", input: { cmd: "ls", tty: true } }, command), {
    cmd: "ls -l",
    tty: true,
  });
  assert.deepEqual(changed({ name: "shell", input: { command: ["zsh", "-lc", "ls"], timeout: 1 } }, command), {
    command: ["zsh", "-lc", "ls -l"],
    timeout: 1,
  });
  assert.deepEqual(changed({ name: "shell", input: { command: ["ls", "a b"] } }, command), {
    command: ["bash", "-lc", "ls -l"],
  });
  assert.equal(changed({ name: "exec_command", input: { cmd: "ls" } }, {}), undefined);
});

test("a patch is a Write, an Edit, or what a shell would do, whichever way it is given", () => {
  const forms: CodexCall[] = [
    { name: "apply_patch", input: PATCH },
    { name: "apply_patch", input: { command: PATCH } },
    { name: "apply_patch", input: { input: PATCH } },
    { name: "exec_command", input: { cmd: `apply_patch <<'EOF'\n${PATCH}\nEOF` } },
    { name: "exec_command", input: { cmd: `apply_patch <<EOF\n${PATCH}\nEOF\n` } },
    { name: "shell", input: { command: ["bash", "-lc", `applypatch << "P"\n${PATCH}\nP`] } },
    { name: "shell", input: { command: ["apply_patch", PATCH] } },
  ];
  for (const call of forms) {
    assert.deepEqual(shown(call), [WRITE], JSON.stringify(call));
    const again = changed(call, { file_path: `${CWD}/b.txt`, content: "two" });
    const other = JSON.stringify(call.input).replace("a.txt", "b.txt").replace("+one", "+two");
    assert.deepEqual(again, JSON.parse(other));
  }
});

test("a patch's paths count from where it is applied", () => {
  const input = { cmd: `cd sub && apply_patch <<'EOF'\n${PATCH}\nEOF`, workdir: "/tmp" };
  assert.deepEqual(shown({ name: "exec_command", input }), [
    { tool: "Write", input: { file_path: "/tmp/sub/a.txt", content: "one\n" } },
  ]);
});

test("a heredoc that does anything beside its patch is a shell command", () => {
  const commands = [
    `apply_patch <<'EOF' && rm -rf /\n${PATCH}\nEOF`,
    `apply_patch <<'EOF'\n${PATCH}\nEOF\nrm -rf /`,
    `rm -rf / && apply_patch <<'EOF'\n${PATCH}\nEOF`,
    `cd $(reboot) && apply_patch <<'EOF'\n${PATCH}\nEOF`,
    `apply_patch <<EOF\n${PATCH.replace("one", "$(reboot)")}\nEOF`,
    `apply_patch <<'EOF'\nno patch\nEOF`,
    `apply_patch <<'EOF'\n${PATCH}\nEOF\nrm -rf / <<'EOF'\nEOF`,
  ];
  for (const cmd of commands) assert.deepEqual(shown({ name: "exec_command", input: { cmd } }), bash(cmd));
});

test("each file of a patch is a call, and one that cannot be told otherwise cannot be changed", () => {
  const patch = [
    "*** Begin Patch",
    "*** Update File: b.txt",
    "*** Move to: d/b.txt",
    "@@",
    " kept",
    "-two",
    "+three",
    "*** Delete File: it's.txt",
    "*** End Patch",
  ].join("\n");
  const call = { name: "apply_patch", input: patch };
  const edit = { file_path: `${CWD}/b.txt`, old_string: "kept\ntwo", new_string: "kept\nthree", replace_all: false };
  const [move, remove] = [{ command: "mv b.txt d/b.txt" }, { command: `rm 'it'\\''s.txt'` }];
  assert.deepEqual(shown(call), [
    { tool: "Edit", input: edit },
    { tool: "Bash", input: move },
    { tool: "Bash", input: remove },
  ]);
  assert.equal(changed(call, edit, move, remove), patch);
  assert.equal(
    changed(call, { ...edit, new_string: "kept\nfour" }, move, remove),
    patch.replace(" kept\n-two\n+three", "-kept\n-two\n+kept\n+four"),
  );
  assert.equal(changed(call, edit, move, { command: "rm other.txt" }), undefined);
});

test("a patch that Codex will refuse is told as it is", () => {
  assert.deepEqual(shown({ name: "apply_patch", input: "words" }), [
    { tool: "apply_patch", input: { patch: "words" } },
  ]);
});

test("other tools have the names of Claude Code's, and their fields", () => {
  const forms: [CodexCall, object, unknown?][] = [
    [
      { name: "view_image", input: { path: "a.png" } },
      { tool: "Read", input: { file_path: `${CWD}/a.png` } },
      { path: `${CWD}/a.png` },
    ],
    [
      { name: "get", namespace: "mcp__memory", input: { k: 1 } },
      { tool: "mcp__memory__get", input: { k: 1 } },
    ],
    [
      { name: "mcp__memory__get", input: { k: 1 } },
      { tool: "mcp__memory__get", input: { k: 1 } },
    ],
    [
      { name: "spawn_agent", namespace: "collaboration", input: { message: "go", agent_type: "worker", x: 1 } },
      { tool: "Agent", input: { prompt: "go", subagent_type: "worker", x: 1 } },
    ],
    [
      { name: "update_plan", input: { plan: [] } },
      { tool: "TodoWrite", input: { todos: [] } },
    ],
    [
      { name: "tool_search", input: { query: "q" } },
      { tool: "ToolSearch", input: { query: "q" } },
    ],
    [
      { name: "lookup", input: { who: "me" } },
      { tool: "lookup", input: { who: "me" } },
    ],
    [{ name: "lookup", input: "no object" }, { tool: "lookup", input: {} }, {}],
  ];
  for (const [call, expected, again = call.input] of forms) {
    const [only, ...more] = shown(call) ?? [];
    assert.deepEqual([only, more], [expected, []]);
    assert.deepEqual(changed(call, only?.input ?? {}), again);
  }
});

test("wrappers, polls and notes of the client are no tool use", () => {
  for (const name of ["exec", "wait", "write_stdin", "get_goal", "create_goal", "update_goal"]) {
    assert.equal(shown({ name, input: {} }), undefined, name);
  }
  assert.notEqual(shown({ name: "exec", namespace: "mcp__box", input: {} }), undefined, "a server's own tool is one");
});

test("a call may be named as what every object has", () => {
  for (const name of ["constructor", "toString", "__proto__", "valueOf", "hasOwnProperty"]) {
    assert.deepEqual(present({ name, input: { a: 1 } }, "/")?.calls, [{ tool: name, input: { a: 1 } }]);
  }
});
