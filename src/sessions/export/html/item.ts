/** One item of a session as HTML. */
import type { Blob } from "../../ledger.ts";
import type { Said } from "../content.ts";
import { mcpFacts } from "../facts.ts";
import type { Told } from "../joined.ts";
import { type Piece, piecesOf, titleOf } from "../pieces.ts";
import { codeBlock, escaped } from "./code.ts";
import { plain, prose } from "./prose.ts";

/** Gives a picture's bytes. */
export type Pictures = (hash: string) => Blob | undefined;

/** What browsers show without running anything in it. */
const SHOWN = /^image\/(?:png|jpeg|gif|webp|avif|bmp)$/;
const SPEAKERS = { user: "You", assistant: "Assistant" };
const TITLE = 160;

export function itemHtml({ said, output }: Told, pictures: Pictures): string {
  const { role } = said;
  const pieces = piecesOf(said);
  const body = piecesHtml(pieces, role === "assistant" || role === "reasoning", pictures) + sentHtml(said, pictures);
  const part = said.partial ? badge("a part of it arrived") : "";
  switch (role) {
    case "user":
    case "assistant":
      return `<article class="${role}"><h3>${SPEAKERS[role]}${part}</h3>${body}</article>\n`;
    case "reasoning":
      return body === "" ? "" : folded(role, `<b>Reasoning</b>${part} ${line(firstText(pieces))}`, body);
    case "context":
      return body === "" ? "" : folded(role, `<b>Context</b>${part} ${line(firstText(pieces) || said.type)}`, body);
    case "tool":
      return toolHtml(said, body, part, output, pictures);
  }
}

function toolHtml(said: Said, body: string, part: string, output: Said | undefined, pictures: Pictures): string {
  const title = titleOf(said);
  const [name = ""] = title.split(" ", 1);
  const pieces = output === undefined ? [] : piecesOf(output);
  const missing = output === undefined && said.callId !== undefined && said.out;
  const came = output === undefined ? "" : `<h4>Output</h4>${piecesHtml(pieces, false, pictures)}`;
  const went = mcpFacts(said).map(badge).join("");
  const summary = `<b>${escaped(name)}</b>${went}${part}${missing ? badge("no output") : ""} ${line(title.slice(name.length))}`;
  return folded("tool", summary, body + came);
}

/** What went up in its place. */
function sentHtml(said: Said, pictures: Pictures): string {
  if (said.sent === undefined) return "";
  const went = said.sent.map((body) => piecesHtml(piecesOf({ ...said, body }), false, pictures)).join("");
  return folded("sent", "<b>What went up</b>", went || plain("nothing"));
}

function piecesHtml(pieces: readonly Piece[], rendered: boolean, pictures: Pictures): string {
  return pieces.map((piece) => pieceHtml(piece, rendered, pictures)).join("");
}

function pieceHtml(piece: Piece, rendered: boolean, pictures: Pictures): string {
  switch (piece.what) {
    case "prose":
      return rendered ? prose(piece.text) : plain(piece.text);
    case "code":
      return codeBlock(piece.text, piece.language);
    case "picture":
      return piece.hash === undefined ? plain(`Picture: ${piece.url ?? ""}`) : pictureHtml(piece.hash, pictures);
  }
}

function pictureHtml(hash: string, pictures: Pictures): string {
  const blob = pictures(hash);
  if (blob?.bytes === undefined || !SHOWN.test(blob.mediaType)) {
    return plain(`[${blob?.mediaType ?? "a picture"}, not shown]`);
  }
  const { buffer, byteOffset, byteLength } = blob.bytes;
  const data = Buffer.from(buffer, byteOffset, byteLength).toString("base64");
  return `<img alt="" src="data:${blob.mediaType};base64,${data}">\n`;
}

export function folded(kind: string, summary: string, body: string): string {
  return `<details class="${kind}"><summary>${summary}</summary>${body}</details>\n`;
}

function badge(text: string): string {
  return ` <i class="badge">${text}</i>`;
}

function firstText(pieces: readonly Piece[]): string {
  const [first] = pieces;
  return first === undefined || first.what === "picture" ? "" : first.text.replaceAll(/[*`#]+/g, "");
}

/** The beginning of a text, in one line. */
export function line(text: string): string {
  const start = text.slice(0, TITLE).replaceAll(/\s+/g, " ").trim().toWellFormed();
  return start === "" ? "" : `<span class="line">${escaped(start)}</span>`;
}
