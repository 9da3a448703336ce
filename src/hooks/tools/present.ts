/**
 * Codex's tool calls under the names and fields that Claude Code's hooks know (docs/hooks.md has the table), and what a
 * hook has made of them back in Codex's form.
 */
import { isAbsolute, resolve } from "node:path";
import { type Patch, readPatch } from "./patch.ts";
import { presentPatch } from "./present-patch.ts";
import type { Presentation } from "./presented.ts";
import { argvOf, heredocOf, shellArgv } from "./shell.ts";

export type { Presentation, Presented } from "./presented.ts";

/** A call as it stands on the wire, or as Codex's own hooks tell it. */
export interface CodexCall {
  readonly name: string;
  /** `mcp__memory`, `functions`… */
  readonly namespace?: string | undefined;
  /** The arguments, parsed; or the free text of a custom tool. */
  readonly input: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** Wrappers whose program only the client sees into, polls of what runs already, and what touches nothing. */
const UNSEEN = new Set(["exec", "wait", "write_stdin", "get_goal", "create_goal", "update_goal"]);
const SHELLS = new Set(["shell", "local_shell", "shell_command", "container.exec"]);

/** What hooks are told of a call; undefined for calls that are no tool use to them. @param cwd the session's folder */
export function present(call: CodexCall, cwd: string): Presentation | undefined {
  const { name, namespace, input } = call;
  if (namespace?.startsWith("mcp__")) return plain(`${namespace}__${name}`, fieldsOf(input));
  if (UNSEEN.has(name)) return undefined;
  const fields = fieldsOf(input);
  if (name === "apply_patch") return presentApplyPatch(input, fields, cwd);
  if (name === "exec_command" || name === "Bash") return presentShell(name === "Bash" ? "command" : "cmd", fields, cwd);
  if (SHELLS.has(name)) return presentArgv(fields, cwd);
  if (name === "view_image") return presentImage(fields, cwd);
  const renamed = Object.hasOwn(RENAMED, name) ? RENAMED[name] : undefined;
  return renamed === undefined ? plain(name, fields) : renamed(fields);
}

const RENAMED: Readonly<Record<string, (fields: Fields) => Presentation>> = {
  spawn_agent: (fields) =>
    renamedFields("Agent", fields, { message: "prompt", prompt: "prompt", agent_type: "subagent_type" }),
  tool_search: (fields) => plain("ToolSearch", fields),
  list_mcp_resources: (fields) => plain("ListMcpResourcesTool", fields),
  read_mcp_resource: (fields) => plain("ReadMcpResourceTool", fields),
  request_user_input: (fields) => plain("AskUserQuestion", fields),
  update_plan: (fields) => renamedFields("TodoWrite", fields, { plan: "todos" }),
  web_search: (fields) => plain("WebSearch", fields),
};

function plain(tool: string, input: Fields): Presentation {
  return { calls: [{ tool, input }], rewrite: ([changed]) => changed };
}

/** @param names Codex's field to Claude's; the others keep theirs */
function renamedFields(tool: string, fields: Fields, names: Readonly<Record<string, string>>): Presentation {
  const used = Object.entries(names).filter(([from]) => from in fields);
  const swap = (values: Fields, pairs: readonly (readonly [string, string])[]): Fields => {
    const map = new Map(pairs);
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [map.get(key) ?? key, value]));
  };
  const back = used.map(([from, to]) => [to, from] as const);
  return { calls: [{ tool, input: swap(fields, used) }], rewrite: ([changed]) => changed && swap(changed, back) };
}

/** @param field where Codex keeps the command's text */
function presentShell(field: string, fields: Fields, cwd: string): Presentation {
  const description = typeof fields.justification === "string" ? fields.justification : undefined;
  const put = (command: string): Fields => ({ ...fields, [field]: command });
  return presentCommand({ command: textOf(fields[field]), description, workdir: workdirOf(fields, cwd), put }, cwd);
}

/** Older Codex gives the words of the command. */
function presentArgv(fields: Fields, cwd: string): Presentation {
  if (typeof fields.command === "string") return presentShell("command", fields, cwd);
  const argv = Array.isArray(fields.command) ? fields.command.map(textOf) : [];
  const workdir = workdirOf(fields, cwd);
  const put = (words: readonly string[]): Fields => ({ ...fields, command: words });
  const [program = "", text = "", ...more] = argv;
  const patch = program === "apply_patch" && more.length === 0 ? readPatch(text) : undefined;
  if (patch !== undefined) return presentChanges(patch, workdir ?? cwd, (changed) => put([program, changed]));
  return presentCommand({ command: argvOf(argv), workdir, put: (command) => put(shellArgv(argv, command)) }, cwd);
}

interface Command {
  readonly command: string;
  readonly description?: string | undefined;
  readonly workdir: string | undefined;
  /** The call with another command. */
  readonly put: (command: string) => Fields;
}

function presentCommand({ command, description, workdir, put }: Command, cwd: string): Presentation {
  const heredoc = heredocOf(command);
  const read = heredoc && readPatch(heredoc.patch);
  if (heredoc !== undefined && read !== undefined) {
    const { before, behind, folder = "" } = heredoc;
    return presentChanges(read, resolve(workdir ?? cwd, folder), (text) => put(`${before}${text}${behind}`));
  }
  return {
    calls: [{ tool: "Bash", input: { command, ...(description === undefined ? {} : { description }) }, cwd: workdir }],
    rewrite: ([changed]) => (typeof changed?.command === "string" ? put(changed.command) : undefined),
  };
}

function presentChanges(patch: Patch, cwd: string, put: (patch: string) => unknown): Presentation {
  const { calls, rewrite } = presentPatch(patch, cwd);
  return {
    calls,
    rewrite: (inputs) => {
      const text = rewrite(inputs);
      return text === undefined ? undefined : put(text);
    },
  };
}

function presentApplyPatch(input: unknown, fields: Fields, cwd: string): Presentation {
  const field = ["command", "input", "patch"].find((name) => typeof fields[name] === "string");
  const text = typeof input === "string" ? input : textOf(field === undefined ? undefined : fields[field]);
  const read = readPatch(text);
  if (read === undefined) return plain("apply_patch", typeof input === "string" ? { patch: input } : fields);
  return presentChanges(read, cwd, (changed) =>
    field === undefined || typeof input === "string" ? changed : { ...fields, [field]: changed },
  );
}

function presentImage(fields: Fields, cwd: string): Presentation {
  const path = textOf(fields.path);
  const absolute = isAbsolute(path) ? path : resolve(cwd, path);
  return {
    calls: [{ tool: "Read", input: { file_path: absolute } }],
    rewrite: ([changed]) =>
      typeof changed?.file_path === "string" ? { ...fields, path: changed.file_path } : undefined,
  };
}

function workdirOf({ workdir }: Fields, cwd: string): string | undefined {
  return typeof workdir === "string" ? resolve(cwd, workdir) : undefined;
}

function fieldsOf(input: unknown): Fields {
  return typeof input === "object" && input !== null && !Array.isArray(input) ? (input as Fields) : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
