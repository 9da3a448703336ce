/** What is told of threads and turns in words, for the formats that are made to be read. */
import { elapsed } from "../../lib/amounts.ts";
import type { ItemRow, ThreadRow, TurnRow } from "../ledger.ts";

/** A commit is known by so many digits of it. */
const COMMIT = 12;
/** Side requests are in the JSON only: nobody reads how a title was asked for. */
const SHOWN: ReadonlySet<string> = new Set(["user", "subagent", "review"]);

export function shown({ kind }: ThreadRow): boolean {
  return SHOWN.has(kind);
}

export function nameOf({ title, prompt, id }: ThreadRow): string {
  return title || prompt || id;
}

export function factsOf(thread: ThreadRow): readonly (readonly [name: string, value: string])[] {
  const { id, client, clientVersion, model, effort, cwd, commit, forkedFrom, usage } = thread;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Session", id],
    ["Began", timeOf(thread.created)],
    ["Folder", cwd],
    ["Commit", commit?.slice(0, COMMIT)],
    ["Client", both(client, clientVersion)],
    ["Model", both(model, effort)],
    ["Forked from", forkedFrom],
    ["Turns", digits(thread.turns)],
    ["Tokens", `${digits(usage.input)} in (${digits(usage.cached)} cached), ${digits(usage.output)} out`],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

/** When, by which model (where it is another than the thread's), how long, how many tokens, how it ended if not well. */
export function turnFacts(turn: TurnRow, thread: ThreadRow): readonly string[] {
  const { input, output } = turn.usage;
  const facts = [
    timeOf(turn.started),
    turn.kind === "turn" ? undefined : turn.kind,
    turn.local ? "answered by Codex-Plus" : turn.model === thread.model ? undefined : both(turn.model, turn.effort),
    turn.ms === undefined ? undefined : elapsed(turn.ms),
    input + output === 0 ? undefined : `${digits(input + output)} tokens`,
    turn.state === "completed" ? undefined : turn.state,
  ];
  return facts.filter((fact) => fact !== undefined);
}

/** How long a call of an MCP tool took, and whether it failed. */
export function mcpFacts({ mcp }: Pick<ItemRow, "mcp">): readonly string[] {
  return mcp === undefined ? [] : [elapsed(mcp.ms), ...(mcp.failed ? ["failed"] : [])];
}

/** In UTC: a file is read anywhere. */
export function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function both(one: string | undefined, other: string | undefined): string | undefined {
  return one === undefined ? undefined : [one, other].filter(Boolean).join(" ");
}

function digits(value: number): string {
  return value.toLocaleString("en-US");
}
