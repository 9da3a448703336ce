/**
 * Tools for clients that know nothing of MCP: they are put into the request, and the model's calls of them are made here,
 * within the answer. Hooks and the record stand around each call in the room, so this is the innermost of the stages that
 * look at answers: none of the others sees these calls.
 */
import type { Config } from "../config/schema.ts";
import { CodexPlusError } from "../errors.ts";
import type { StoppedTurns } from "../hooks/stopped.ts";
import type { McpRoom } from "../mcp/mcp.ts";
import { isCodex } from "../protocol/head.ts";
import type { Continuity } from "../sessions/continuity/index.ts";
import type { Head, Needs, Stage, Turn } from "../turn.ts";
import { Folders } from "./hooks/folders.ts";
import { type Known, nothingKnown } from "./legs/hidden.ts";
import { isWhole, type Through, whole } from "./legs/whole.ts";
import { wishOf } from "./mcp/asking.ts";
import { Budget } from "./mcp/budget.ts";
import { type LoopOptions, loop } from "./mcp/loop.ts";
import { type Offer, offerTools } from "./mcp/offer.ts";
import { namedProject } from "./project.ts";

export interface McpStageOptions {
  readonly room: McpRoom;
  readonly settings: Pick<Config["mcp"], "inline" | "legs" | "turnMs">;
  readonly continuity: Continuity;
  /** Turns that hooks around calls have ended. */
  readonly ended?: StoppedTurns | undefined;
  /** The folder whose servers count where a client does not say in which it works: the person's home. */
  readonly elsewhere: string;
}

/** What the stage knows of a turn. */
interface Notes extends Pick<LoopOptions, "offer" | "budget" | "asked"> {
  readonly project: string;
  readonly known: Known;
}
const KEY = Symbol("mcp");

/** Threads whose tools are remembered, for requests that say nothing of tools. */
const REMEMBERED = 1000;

export function mcp(options: McpStageOptions): Stage {
  const { room, settings, continuity, elsewhere } = options;
  const folders = new Folders(elsewhere);
  const offers = new Map<string, Offer>();

  function needs(head: Head): Needs {
    // What a prewarm says of tools its thread's first request does not say again.
    const prewarms = head.kind === "warmup";
    if ((head.kind !== "main" && !prewarms) || wishOf(head, settings.inline) === undefined) return "nothing";
    try {
      const project = namedProject(head, elsewhere) ?? folders.of(head);
      if (project !== undefined && !room.any(project)) return "nothing";
      return prewarms ? "request" : "events";
    } catch {
      // It is refused once it can be answered.
      return "request";
    }
  }

  async function request(turn: Turn): Promise<undefined> {
    const { head, request: body } = turn;
    const look = head.kind === "warmup" ? "guess" : "look";
    const project = namedProject(head, elsewhere) ?? folders[look](head, body);
    if (body.field("tool_choice") === "none" || !room.any(project)) return;
    if (body.field("background") === true) {
      if (wishOf(head, settings.inline) === "set") return;
      throw new CodexPlusError(
        "CP_REQUEST_INVALID",
        "nobody waits for a response in the background, so tools cannot be called within it",
      );
    }
    const tools = await room.tools(project);
    const asked = askedOf(turn);
    const chained = isCodex(head) && (body.field("previous_response_id") ?? undefined) !== undefined;
    const offer = offerTools(body, tools, chained) ?? offers.get(head.thread);
    if (offer === undefined || offer.empty) return;
    remember(head.thread, offer);
    const calls = body.field("max_tool_calls");
    const limits = { legs: settings.legs, ms: settings.turnMs, calls: typeof calls === "number" ? calls : undefined };
    const notes: Notes = { project, offer, asked, budget: new Budget(limits), known: nothingKnown() };
    turn.notes.set(KEY, notes);
  }

  function remember(thread: string, offer: Offer): void {
    if (thread === "") return;
    offers.delete(thread);
    offers.set(thread, offer);
    const [oldest] = offers.keys();
    if (offers.size > REMEMBERED && oldest !== undefined) offers.delete(oldest);
  }

  return {
    name: "mcp",
    needs,
    request,
    watches: (turn) => turn.notes.has(KEY),
    frames(turn, source, sent) {
      const notes = turn.notes.get(KEY) as Notes | undefined;
      if (notes === undefined) return source;
      const { head, id } = turn;
      const caller = {
        project: notes.project,
        thread: head.thread || undefined,
        turn: head.turn || undefined,
        request: id,
        client: "inline",
      };
      const looping: LoopOptions = {
        ...notes,
        continuity,
        // By its own id, and by that of the client's turn, which might go on.
        ended: () => [options.ended?.take(id), options.ended?.take(head.turn)].find((why) => why !== undefined),
        make: ({ name }, input, call, signal) => room.call(name, input, { ...caller, call, signal }),
      };
      const through: Through = (...of) => loop(...of, looping);
      return (isWhole(turn) ? whole(through) : through)(turn, source, sent);
    },
  };
}

/** What the client itself says of tools, in the words of an answer that repeats it. */
function askedOf({ request }: Turn): Readonly<Record<string, unknown>> {
  const choice = request.field("tool_choice") ?? "auto";
  const most = request.field("max_output_tokens");
  return { tools: request.field("tools") ?? [], tool_choice: choice, max_output_tokens: most ?? null };
}
