/** A session as a transcript in Markdown. */
import type { TurnRow } from "../ledger.ts";
import type { Content, Part, Said } from "./content.ts";
import { factsOf, mcpFacts, nameOf, shown, turnFacts } from "./facts.ts";
import { joined, type Told } from "./joined.ts";
import { type Piece, piecesOf, titleOf } from "./pieces.ts";

export async function* markdownOf(content: Content): AsyncGenerator<string> {
  const { session, below, inherited } = content;
  yield `# ${line(nameOf(session.thread))}\n\n`;
  for (const [name, value] of factsOf(session.thread)) yield `- ${name}: ${code(value)}\n`;
  for (const part of inherited) yield* threadOf(part, content, `Before the fork: ${nameOf(part.thread)}`);
  yield* threadOf(session, content);
  for (const part of below.filter(({ thread }) => shown(thread))) {
    yield* threadOf(part, content, `${part.thread.agent ?? part.thread.kind}: ${nameOf(part.thread)}`);
  }
}

/** Turns of a thread that is not the session's own stand below a heading of its own. */
async function* threadOf(part: Part, content: Content, heading?: string): AsyncGenerator<string> {
  if (heading !== undefined) yield `\n---\n\n# ${line(heading)}\n`;
  for await (const turn of content.turns(part)) {
    yield turnHead(turn, part);
    for await (const told of joined(content.items(part, turn.n))) yield toldText(told);
    if (turn.error !== undefined) yield `\n> ${code(turn.error.code)} ${line(turn.error.message)}\n`;
  }
  for await (const told of joined(content.items(part, null))) yield toldText(told);
}

function turnHead(turn: TurnRow, { thread }: Part): string {
  return `\n## ${turn.position}. ${turnFacts(turn, thread).map(line).join(" · ")}\n`;
}

const SPEAKERS = { user: "You", assistant: "Assistant", reasoning: "Reasoning", context: "Context", tool: "Tool" };

function toldText({ said, output }: Told): string {
  const text = piecesText(piecesOf(said));
  const sent = (said.sent ?? []).map((body) => piecesText(piecesOf({ ...said, body })));
  const wentUp = said.sent === undefined ? "" : `\nWhat went up:\n${quoted(sent.join("") || "\nnothing\n")}`;
  const came = output === undefined ? "" : `\nOutput${partly(output)}:\n${piecesText(piecesOf(output))}`;
  if (said.role === "context") return folded(said.type, text + wentUp);
  if (said.role === "tool")
    return `\n**${code(short(titleOf(said)))}**${went(said)}${partly(said)}\n${text}${came}${wentUp}`;
  if (said.role === "reasoning") return text === "" ? "" : `\n**Reasoning**\n${quoted(text)}`;
  return `\n**${SPEAKERS[said.role]}**${partly(said)}\n${text}${wentUp}`;
}

function went(said: Said): string {
  return mcpFacts(said)
    .map((fact) => ` · ${fact}`)
    .join("");
}

function partly({ partial }: Said): string {
  return partial ? " (a part of it arrived)" : "";
}

function piecesText(pieces: readonly Piece[]): string {
  return pieces.map((piece) => `\n${pieceText(piece)}\n`).join("");
}

function pieceText(piece: Piece): string {
  switch (piece.what) {
    case "prose":
      return piece.text.trimEnd();
    case "code":
      return fenced(piece.text, piece.language);
    case "picture":
      return piece.hash === undefined ? `Picture: ${code(piece.url ?? "")}` : `Picture ${code(piece.hash)}`;
  }
}

/** A fence longer than any in the text. */
function fenced(text: string, language: string): string {
  const fence = "`".repeat(Math.max(3, longestTicks(text) + 1));
  return `${fence}${language}\n${text}${text.endsWith("\n") ? "" : "\n"}${fence}`;
}

function code(text: string): string {
  const ticks = "`".repeat(longestTicks(text) + 1);
  const room = text.startsWith("`") || text.endsWith("`") ? " " : "";
  return `${ticks}${room}${line(text)}${room}${ticks}`;
}

function longestTicks(text: string): number {
  let longest = 0;
  for (const [ticks] of text.matchAll(/`+/g)) longest = Math.max(longest, ticks.length);
  return longest;
}

function quoted(text: string): string {
  return `${text.trimEnd().replaceAll(/^/gm, "> ").replaceAll(/ $/gm, "")}\n`;
}

function folded(summary: string, text: string): string {
  return text === "" ? "" : `\n<details><summary>${summary.replaceAll(/[<&]/g, "")}</summary>\n${text}\n</details>\n`;
}

function line(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

const TITLE = 100;

function short(text: string): string {
  return text.length > TITLE ? `${text.slice(0, TITLE).toWellFormed()}…` : text;
}
