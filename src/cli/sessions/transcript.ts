/** A conversation as lines for a terminal. */
import { styleText } from "node:util";
import { count, elapsed, moment, share, short } from "../../lib/amounts.ts";
import { mcpFacts } from "../../sessions/export/facts.ts";
import type { ItemRow, ThreadRow, TurnRow } from "../../sessions/ledger.ts";
import type { Reader } from "../../sessions/store.ts";
import { type Column, tableLines } from "../terminal/table.ts";
import { columns, cut, oneLine, plain, wrapped } from "../terminal/text.ts";
import { titleOf } from "./title.ts";

/** How much of what a tool was given and gave back is shown. */
const GLANCE = 6;

export interface Shown {
  /** All that tools were given and gave back. */
  readonly tools: boolean;
}

/** Head, turns with what was said in them, what is below, and a table of the turns. */
export function* transcript(reader: Reader, thread: ThreadRow, shown: Shown): Generator<string> {
  yield* head(thread);
  const turns: TurnRow[] = [];
  for (const turn of reader.turns(thread.id)) {
    turns.push(turn);
    yield "";
    yield styleText("dim", rule(turn));
    let above: ItemRow | undefined;
    for (const item of reader.items(thread.id, turn.n)) {
      if (!isShown(item)) continue;
      yield* said(item, above, shown);
      above = item;
    }
    yield* outcome(turn);
  }
  yield* below(reader.below(thread.id));
  yield "";
  yield* table(turns);
}

function* head(thread: ThreadRow): Generator<string> {
  yield* wrapped(titleOf(thread), "").map((line) => styleText("bold", line));
  const { id, cwd, commit, model, effort, client, clientVersion, forkedFrom, kind, root } = thread;
  const facts = [
    kind === "user" ? id : `${id} (${kind} of ${root})`,
    cwd && `${cwd}${commit === undefined ? "" : ` at ${commit.slice(0, 9)}`}`,
    [model, effort, client, clientVersion].filter(Boolean).join(" "),
    `${moment(thread.created)} to ${moment(thread.used)}`,
    forkedFrom && `forked from ${forkedFrom}, where what came before is`,
  ];
  for (const fact of facts) if (fact) yield* wrapped(oneLine(fact), "").map((line) => styleText("dim", line));
}

function rule({ position, started, kind, local }: TurnRow): string {
  const what = kind === "turn" ? "" : ` · ${kind}`;
  return `── ${position} · ${moment(started)}${what}${local ? " · answered here" : ""} ──`;
}

function isShown(item: ItemRow): item is ShownItem {
  return item.role !== "context" && (item.text !== "" || item.role === "tool");
}

type ShownItem = ItemRow & { readonly role: Exclude<ItemRow["role"], "context"> };

/** @param above what stands before it */
function* said(item: ShownItem, above: ItemRow | undefined, shown: Shown): Generator<string> {
  const text = plain(item.text).trimEnd();
  if (item.role === "tool") yield* tool(item, text, above, shown);
  else {
    yield "";
    yield WHO[item.role] + (item.partial ? styleText("dim", " (cut)") : "");
    const lines = wrapped(text, "  ");
    yield* item.role === "reasoning" ? lines.map((line) => styleText("dim", line)) : lines;
  }
}

const WHO = {
  user: styleText(["bold", "cyan"], "You"),
  assistant: styleText(["bold", "green"], "Codex"),
  reasoning: styleText("dim", "Thought"),
};

/**
 * A call stands behind its tool's name, an output deeper below. Where something else stands between the two (calls that a
 * program has made), the output has the name too.
 */
function* tool(item: ItemRow, text: string, above: ItemRow | undefined, { tools }: Shown): Generator<string> {
  const called = !item.type.endsWith("_output");
  if (called) {
    yield "";
    const facts = [...(item.partial ? ["cut"] : []), ...mcpFacts(item)].join(", ");
    yield styleText("yellow", oneLine(item.tool ?? "tool")) + (facts === "" ? "" : styleText("dim", ` (${facts})`));
  }
  if (text === "") return;
  if (!called && above !== undefined && above.callId !== item.callId) {
    yield "";
    yield styleText("yellow", oneLine(item.tool ?? "tool")) + styleText("dim", " (output)");
  }
  const margin = called ? "  " : "  │ ";
  const lines = text.split("\n");
  const kept = tools || lines.length <= GLANCE + 1 ? lines : lines.slice(0, GLANCE);
  for (const line of kept)
    yield* (tools ? wrapped(line, margin) : [margin + cut(line, columns() - margin.length)]).map((each) =>
      styleText("dim", each),
    );
  if (kept.length < lines.length)
    yield styleText("dim", `${margin}… ${count(lines.length - kept.length, "more line")}: --tools`);
}

/** How a turn ended, where it did not simply end. */
function* outcome({ state, error }: TurnRow): Generator<string> {
  if (error !== undefined) {
    yield "";
    yield* wrapped(oneLine(`${error.code}: ${error.message}`), "  ").map((line) => styleText("red", line));
  } else if (state !== "completed") {
    yield "";
    yield styleText("red", `  (${state})`);
  }
}

function* below(threads: readonly ThreadRow[]): Generator<string> {
  if (threads.length === 0) return;
  yield "";
  const rows = threads.map((thread) => [oneLine(thread.id), thread.kind, titleOf(thread)]);
  yield* tableLines([{ head: "below", style: "cyan" }, { head: "kind" }, { head: "title", rest: true }], rows);
}

const COLUMNS: readonly Column[] = [
  { head: "turn", right: true },
  { head: "legs", right: true, spare: 5 },
  { head: "state" },
  { head: "first byte", right: true, spare: 4 },
  { head: "time", right: true },
  { head: "in", right: true, spare: 1 },
  { head: "cached", right: true, spare: 3 },
  { head: "out", right: true, spare: 2 },
];

function table(turns: readonly TurnRow[]): string[] {
  const time = (ms: number | undefined): string => (ms === undefined ? "" : elapsed(ms));
  const rows = turns.map(({ position, legs, state, local, firstByteMs, ms, usage }) => [
    String(position),
    String(legs.length),
    local ? "local" : state,
    time(firstByteMs),
    time(ms),
    short(usage.input),
    share(usage.cached, usage.input),
    short(usage.output),
  ]);
  return rows.length === 0 ? ["No turns."] : tableLines(COLUMNS, rows);
}
