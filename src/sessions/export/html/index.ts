/** A session as one HTML file: no script, nothing from elsewhere, light or dark as the reader likes it. */
import { hash } from "node:crypto";
import { count } from "../../../lib/amounts.ts";
import type { TurnRow } from "../../ledger.ts";
import type { Reader } from "../../store.ts";
import type { Content, Part } from "../content.ts";
import { factsOf, nameOf, shown, turnFacts } from "../facts.ts";
import { joined } from "../joined.ts";
import { escaped } from "./code.ts";
import { itemHtml, line, type Pictures } from "./item.ts";
import { STYLE } from "./style.ts";

/** Even if something in the page could ask for it, nothing runs and nothing is fetched. */
const POLICY = [
  "default-src 'none'",
  "img-src data:",
  `style-src 'sha256-${hash("sha256", STYLE, "base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

export async function* htmlOf(content: Content, reader: Reader): AsyncGenerator<string> {
  const { session, inherited } = content;
  const below = content.below.filter(({ thread }) => shown(thread));
  const pictures: Pictures = (name) => reader.blob(name);
  yield headHtml(nameOf(session.thread));
  yield `<header id="top"><h1>${escaped(nameOf(session.thread))}</h1>\n<dl>`;
  for (const [name, value] of factsOf(session.thread)) {
    yield `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>\n`;
  }
  yield "</dl></header>\n";
  yield* contentsHtml(content, below);
  yield "<main>\n";
  for (const [at, part] of inherited.entries()) {
    yield* apart(part, content, `f${at + 1}`, `Before the fork: ${nameOf(part.thread)}`, pictures);
  }
  yield* threadHtml(session, content, "t", pictures);
  for (const [at, part] of below.entries()) yield* apart(part, content, `a${at + 1}`, belowName(part), pictures);
  const masked = content.masked ? "Known patterns of secrets are masked." : "Secrets are not masked.";
  yield `</main>\n<footer>Exported by Codex-Plus. ${masked}</footer>\n</body>\n</html>\n`;
}

function headHtml(title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
`;
}

/** The table of turns. */
async function* contentsHtml(content: Content, below: readonly Part[]): AsyncGenerator<string> {
  yield `<nav><details open><summary>Turns</summary>\n<table><tbody>\n`;
  for await (const turn of content.turns(content.session)) {
    const prompt = (await content.prompt(turn)) || turn.kind;
    const facts = turnFacts(turn, content.session.thread).slice(1).join(" · ");
    const link = `<a href="#t${turn.position}">${line(prompt)}</a>`;
    yield `<tr><td>${turn.position}</td><td>${link}</td><td>${escaped(facts)}</td></tr>\n`;
  }
  for (const [at, part] of below.entries()) {
    yield `<tr><td>↳</td><td><a href="#a${at + 1}">${line(belowName(part))}</a></td><td>${count(part.thread.turns, "turn")}</td></tr>\n`;
  }
  yield "</tbody></table></details></nav>\n";
}

function belowName({ thread }: Part): string {
  return `${thread.agent ?? thread.kind}: ${nameOf(thread)}`;
}

/** A thread that is not the session's own, folded. */
async function* apart(
  part: Part,
  content: Content,
  id: string,
  name: string,
  pictures: Pictures,
): AsyncGenerator<string> {
  yield `<details class="thread" id="${id}"><summary>${line(name)}</summary>\n`;
  yield* threadHtml(part, content, `${id}t`, pictures);
  yield "</details>\n";
}

async function* threadHtml(part: Part, content: Content, id: string, pictures: Pictures): AsyncGenerator<string> {
  for await (const turn of content.turns(part)) {
    yield turnHead(turn, part, `${id}${turn.position}`);
    for await (const told of joined(content.items(part, turn.n))) yield itemHtml(told, pictures);
    const { error } = turn;
    if (error !== undefined) yield `<p class="error"><b>${escaped(error.code)}</b> ${escaped(error.message)}</p>\n`;
    yield "</section>\n";
  }
  for await (const told of joined(content.items(part, null))) yield itemHtml(told, pictures);
}

function turnHead(turn: TurnRow, { thread }: Part, id: string): string {
  const facts = turnFacts(turn, thread).map(escaped).join(" · ");
  return `<section id="${id}"><h2><a href="#${id}">${turn.position}</a> <small>${facts}</small> <a href="#top" title="Up">↑</a></h2>\n`;
}
