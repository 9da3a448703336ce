/** Slash commands: what a person typed becomes a prompt, or is answered here. */
import type { Builtin, BuiltinCall } from "../commands/builtin/builtin.ts";
import { type Call, type Commands, parseCommand, type Result, type Where } from "../commands/index.ts";
import { cwdOf, mayCall, type Prompt, promptOf, withParts } from "../protocol/prompt.ts";
import type { Continuity } from "../sessions/continuity/index.ts";
import type { Reply, Stage, Turn } from "../turn.ts";
import { namedProject } from "./project.ts";
import type { Mentioner, ServerResources } from "./server-resources.ts";

/** A command that is about to run. */
export interface Expansion {
  readonly name: string;
  readonly args: string;
  /** The place it comes from: `.claude/commands`. */
  readonly source: string;
  readonly type: "slash_command" | "mcp_prompt";
}

export interface CommandStageOptions {
  readonly commands: Commands;
  readonly builtins: readonly Builtin[];
  readonly continuity: Continuity;
  /** The folder whose commands count where a client does not say in which it works: the person's home. */
  readonly elsewhere: string;
  /** What `@server:uri` attaches; undefined where it is only text. */
  readonly resources?: ServerResources | undefined;
  /** Whether what stands in the prompt's place has only just been put there, and may be a command itself. */
  readonly retyped?: ((turn: Turn) => boolean) | undefined;
  /** Told of each command before it runs; answers why it must not. */
  readonly expanding?: ((turn: Turn, prompt: Prompt, expansion: Expansion) => Promise<string | undefined>) | undefined;
}

/** What a command asked for, held through the tool follow-ups of its turn. */
interface Wanted {
  readonly model: string | undefined;
  readonly effort: string | undefined;
}

/** Models of other vendors' command files are not upstream's. */
const FOREIGN_MODEL = /^(inherit|default|opus|sonnet|haiku|claude)/i;
const EFFORTS: Readonly<Record<string, string>> = { max: "xhigh" };
/** How many turns and threads are remembered at a time. */
const REMEMBERED = 256;

export function commandStage(options: CommandStageOptions): Stage {
  const wanted = new Map<string, Wanted>();
  const folders = new Map<string, string | undefined>();

  async function request(turn: Turn): Promise<Reply | undefined> {
    const { head, request: body } = turn;
    const held = wanted.get(head.turn);
    if (held !== undefined && head.turn !== "") apply(turn, held);
    noteFolder(turn);
    const mayMention = await options.resources?.mayBeIn(body.bytes(), folderOf(turn) ?? options.elsewhere);
    if (!mayMention && !mayCall(body.bytes())) return undefined;

    const prompt = promptOf(head, body);
    if (prompt === undefined) return undefined;
    if (options.continuity.handled(turn, prompt.index) && options.retyped?.(turn) !== true) return undefined;
    const call = parseCommand(prompt.text);
    const cwd = folderOf(turn) ?? cwdOf(body);
    const attach = async (text: string) => (await options.resources?.named(text, mentioner(turn, cwd))) ?? [];

    const builtin = call && call.mark !== "$" && options.builtins.find(({ name }) => name === call.name);
    if (builtin) return answerBuiltin(turn, prompt, builtin, call.args, cwd);
    const result = call && (await run(turn, prompt, call, { cwd: cwd ?? options.elsewhere, attach }));
    if (result !== undefined) return carryOut(turn, prompt, result);
    const attached = await attach(prompt.text);
    if (attached.length > 0) {
      options.continuity.rewrite(turn, prompt.index, [withParts(prompt, [...attached, prompt.text])]);
    }
    return undefined;
  }

  function run(turn: Turn, prompt: Prompt, call: Call, where: Pick<Where, "cwd" | "attach">) {
    const { head, signal } = turn;
    const before: Where["before"] = async ({ name, place, kind }) => {
      const type = kind === "prompt" ? "mcp_prompt" : "slash_command";
      return options.expanding?.(turn, prompt, { name, args: call.args, source: place, type });
    };
    const names = options.builtins.map(({ name }) => name);
    return options.commands.run(call, { ...where, session: head.thread, signal, before }, names);
  }

  function mentioner({ head, id, signal }: Turn, cwd: string | undefined): Mentioner {
    return { project: cwd ?? options.elsewhere, thread: head.thread, turn: head.turn, request: id, signal };
  }

  function folderOf({ head }: Turn): string | undefined {
    return namedProject(head, options.elsewhere) ?? head.cwd ?? folders.get(head.thread);
  }

  /** Clients whose metadata names no folder tell it in the first request of a thread only. */
  function noteFolder({ head, request: body }: Turn): void {
    if (head.cwd !== undefined || head.thread === "" || folders.has(head.thread)) return;
    remember(folders, head.thread, cwdOf(body));
  }

  async function answerBuiltin(turn: Turn, prompt: Prompt, builtin: Builtin, args: string, cwd: string | undefined) {
    const { head, request: body } = turn;
    const model = body.field("model");
    const call: BuiltinCall = {
      args,
      thread: head.thread,
      request: turn.id,
      model: typeof model === "string" ? model : "",
      cwd,
      catalog: () => options.commands.list(cwd ?? options.elsewhere),
    };
    return options.continuity.answer(turn, [prompt.index], await builtin.run(call));
  }

  /** The turn with what came of its command in it. */
  function carryOut(turn: Turn, prompt: Prompt, result: Result): Reply | undefined {
    if (result.kind !== "prompt") return options.continuity.answer(turn, [prompt.index], result.text);
    options.continuity.rewrite(turn, prompt.index, [withParts(prompt, [...result.attached, ...result.parts])]);
    const asked = { model: usable(result.model), effort: result.effort && (EFFORTS[result.effort] ?? result.effort) };
    if (asked.model === undefined && asked.effort === undefined) return undefined;
    if (turn.head.turn !== "") remember(wanted, turn.head.turn, asked);
    apply(turn, asked);
    return undefined;
  }

  return { name: "commands", needs: ({ kind }) => (kind === "main" ? "request" : "nothing"), request };
}

function usable(model: string | undefined): string | undefined {
  return model === undefined || FOREIGN_MODEL.test(model) ? undefined : model;
}

/** For this turn only: Codex sends its own again with the next. */
function apply({ request }: Turn, { model, effort }: Wanted): void {
  const reasoning = request.field("reasoning");
  request.edit((draft) => {
    if (model !== undefined) draft.set("model", model);
    if (effort !== undefined) draft.set("reasoning", { ...(typeof reasoning === "object" ? reasoning : {}), effort });
  });
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.size >= REMEMBERED && !map.has(key)) map.clear();
  map.set(key, value);
}
