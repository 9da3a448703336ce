/**
 * Tool calls that stand in the answer as such (classic models, SDK clients, MCP tools) are judged by hooks before the
 * client gets them, and their outputs told of before they go up. Calls inside code mode's program only the client knows:
 * its own hooks tell of those.
 */
import type { GatedCalls } from "../hooks/gated.ts";
import type { AnyEvent, HookInput, Where } from "../hooks/hook.ts";
import type { Hooks } from "../hooks/index.ts";
import { type Judgement, judged } from "../hooks/tools/judgement.ts";
import { named, type ToolNames } from "../hooks/tools/names.ts";
import { type Presented, present } from "../hooks/tools/present.ts";
import type { RequestBody } from "../protocol/request.ts";
import type { Continuity } from "../sessions/continuity/index.ts";
import type { Head, Needs, Reply, Stage, Turn } from "../turn.ts";
import { Folders } from "./hooks/folders.ts";
import { effortOf, type Transcript, turnInput } from "./hooks/input.ts";
import { notesOf } from "./hooks/notes.ts";
import { stopped } from "./hooks/wording.ts";
import { type Call, isCall } from "./legs/call.ts";
import { nothingKnown } from "./legs/hidden.ts";
import { isWhole, type Through, whole } from "./legs/whole.ts";
import { afterTools, type Told } from "./tools/after.ts";
import { codexCall } from "./tools/call.ts";
import { type GateNotes, type GateOptions, gate } from "./tools/gate.ts";
import { MadeCalls } from "./tools/made.ts";

export interface ToolStageOptions {
  readonly hooks: Hooks;
  readonly continuity: Continuity;
  /** Calls whose events have been fired, by whichever feeder. */
  readonly gated: GatedCalls;
  readonly transcript: Transcript;
  /** Undefined where nobody knows more of MCP tools than Codex. */
  readonly names?: ToolNames | undefined;
  /** The folder whose hooks count where a client does not say in which it works: the person's home. */
  readonly elsewhere: string;
}

const BEFORE: AnyEvent = "PreToolUse";
const EVENTS: readonly AnyEvent[] = [BEFORE, "PostToolUse", "PostToolUseFailure"];

/** What the stage knows of a turn. */
interface Notes extends GateNotes {
  readonly project: string;
  readonly events: ReadonlySet<AnyEvent>;
}
const KEY = Symbol("tools");

export function tools(options: ToolStageOptions): Stage {
  const { hooks, continuity, gated, transcript, names } = options;
  const folders = new Folders(options.elsewhere);
  const made = new MadeCalls();

  function needs(head: Head): Needs {
    if (head.kind !== "main") return "nothing";
    const project = folders.of(head);
    if (project === undefined) return "events";
    const events = hooks.events(project);
    return EVENTS.some((event) => events.has(event)) ? "events" : "nothing";
  }

  async function request(turn: Turn): Promise<Reply | undefined> {
    const { head, request: body } = turn;
    const project = folders.look(head, body);
    const events = hooks.events(project);
    if (!EVENTS.some((event) => events.has(event))) return undefined;
    const notes: Notes = { project, events, notices: [], ...nothingKnown() };
    turn.notes.set(KEY, notes);
    if (!made.some(head.thread)) return undefined;
    const take = (id: string) => made.take(head.thread, id);
    const { messages, stop } = await afterTools(turn, { continuity, take, fire: (told) => after(turn, notes, told) });
    notes.notices.push(...messages);
    if (stop === undefined) return undefined;
    ended(turn);
    return continuity.answer(turn, [], stopped(stop));
  }

  /** Each output is told of once: by Codex's own hooks, where those are registered, before it comes here. */
  async function after(turn: Turn, notes: Notes, { event, call, id, fields }: Told) {
    if (gated.has(turn.head.thread, id, "PostToolUse")) return undefined;
    return hooks.fire(event, { ...inputOf(turn, notes, call, id), ...fields }, whereOf(turn, notes));
  }

  async function before(turn: Turn, notes: Notes, call: Call): Promise<Judgement> {
    gated.note(turn.head.thread, call.call_id, "PreToolUse");
    const known = await named(codexCall(call), notes.project, names);
    const presentation = present(known, notes.project) ?? { calls: [], rewrite: () => undefined };
    const verdicts = presentation.calls.map((each) =>
      hooks.fire("PreToolUse", inputOf(turn, notes, each, call.call_id), whereOf(turn, notes)),
    );
    return judged(await Promise.all(verdicts), presentation);
  }

  function inputOf(turn: Turn, { project }: Notes, { tool, input, cwd }: Presented, id: string): HookInput {
    const common = { ...turnInput(turn.head, project, transcript), ...effortOf(turn) };
    return { ...common, cwd: cwd ?? project, tool_name: tool, tool_input: input, tool_use_id: id };
  }

  return {
    name: "tools",
    needs,
    request,
    watches(turn) {
      const notes = notesIn(turn);
      return notes !== undefined && (notes.notices.length > 0 || offersTools(turn.request));
    },
    frames(turn, source, sent) {
      const notes = notesIn(turn);
      if (notes === undefined) return source;
      const judging: GateOptions = {
        continuity,
        notes,
        gates: (item): item is Call => isCall(item) && present(codexCall(item), notes.project) !== undefined,
        judge: (call) => before(turn, notes, call),
        passed: ({ call, judgement }) => {
          if (call === undefined || judgement === undefined) return;
          const { calls, context } = judgement;
          made.note(turn.head.thread, { id: call.call_id, calls, context });
        },
        ended: () => ended(turn),
      };
      const through: Through = (...of) => gate(...of, judging);
      return (isWhole(turn) ? whole(through) : through)(turn, source, sent);
    },
  };
}

function notesIn(turn: Turn): Notes | undefined {
  return turn.notes.get(KEY) as Notes | undefined;
}

function whereOf({ signal }: Turn, { project }: Notes): Where {
  return { project, signal };
}

/** A hook has ended the turn: others are not asked whether it may end. */
function ended(turn: Turn): void {
  const notes = notesOf(turn);
  if (notes !== undefined) notes.goesUp = false;
}

/** Tools of the client's. Code mode offers its own among the items instead. */
function offersTools(request: RequestBody): boolean {
  const offered = request.field("tools");
  return Array.isArray(offered) && offered.length > 0;
}
