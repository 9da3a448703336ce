/** `/mcp SERVER`: all of one server. What may hold a secret (arguments, environment, headers, a path) is not shown. */
import { count } from "../../lib/amounts.ts";
import { type Named, type Offered, type Standing, scopeOf } from "./mcp-standing.ts";
import { code, plain, printable } from "./wording.ts";

/** Of a description so much is shown. */
const MOST = 120;
/** Of tools, prompts and resources so many each. */
const MOST_SHOWN = 100;

/** @param state in words @param advice what to do */
export function details(standing: Standing, state: string, advice: readonly string[]): string {
  const { server, offer, pid, stderr } = standing;
  const itself = offer?.server === undefined ? [] : [`- calls itself ${code(offer.server)}`];
  return [
    `**${code(server.name)}**: ${state}`,
    [
      ...(pid === undefined ? [] : [`- process ${pid}`]),
      `- ${scopeOf(server)} scope, ${code(server.file)}`,
      `- ${server.config.type}: ${code(reached(server.config))}`,
      ...itself,
      ...advice.map((text) => `- to do: ${text}`),
    ].join("\n"),
    ...(offer === undefined ? ["What it offers is not known yet."] : offers(server.key, offer)),
    ...(standing.state === "failed" && stderr.length > 0 ? [`**The last it said**\n\n${fenced(stderr)}`] : []),
  ].join("\n\n");
}

function reached({ command, url }: Standing["server"]["config"]): string {
  if (url === undefined) return command ?? "";
  return URL.parse(url)?.origin ?? "an address that is none";
}

function offers(key: string, { tools, prompts, resources, templates }: Offered): string[] {
  const forms = templates.map(({ uriTemplate, ...rest }) => ({ ...rest, uri: uriTemplate }));
  const lists = [
    list("tool", tools, ({ name }) => `mcp__${key}__${name}`),
    list("prompt", prompts, ({ name, arguments: named = [] }) =>
      [`//mcp__${key}__${name}`, ...named.map((one) => (one.required ? `<${one.name}>` : `[${one.name}]`))].join(" "),
    ),
    list("resource", resources, ({ uri }) => `@${key}:${uri}`),
    list("template", forms, ({ uri }) => `@${key}:${uri}`),
  ].flat();
  return lists.length === 0 ? ["It offers nothing."] : lists;
}

function list<Each extends Named>(what: string, all: readonly Each[], typed: (one: Each) => string): string[] {
  if (all.length === 0) return [];
  const lines = all
    .slice(0, MOST_SHOWN)
    .map((one) => `- ${code(typed(one))} ${plain(one.description ?? "", MOST)}`.trimEnd());
  const more = all.length > MOST_SHOWN ? [`- … and ${all.length - MOST_SHOWN} more`] : [];
  return [`**${count(all.length, what)}**\n${[...lines, ...more].join("\n")}`];
}

function fenced(lines: readonly string[]): string {
  return `~~~\n${lines.slice(-10).map(printable).join("\n").replaceAll("~~~", "~ ~ ~")}\n~~~`;
}
