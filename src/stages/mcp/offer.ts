/** The tools that a request offers beside the client's own, in the form of the request that they are put in. */
import { createHash } from "node:crypto";
import type { Tool } from "@modelcontextprotocol/sdk/types.js";
import type { NamedTool } from "../../mcp/mcp.ts";
import { stringMember } from "../../protocol/json-spans.ts";
import type { Item, RequestBody } from "../../protocol/request.ts";
import { parametersOf } from "./schema.ts";

/** A tool as a request describes it. */
interface Described {
  readonly type?: unknown;
  readonly name?: unknown;
  readonly tools?: unknown;
  readonly [field: string]: unknown;
}

/** What calls of ours are known by: the namespace (empty where there is none), then the name. */
export class Offer {
  readonly #tools = new Map<string, NamedTool>();

  get empty(): boolean {
    return this.#tools.size === 0;
  }

  /** The tool that a call is of, where it is one of ours. */
  find({ type, name, namespace }: Item): NamedTool | undefined {
    if (type !== "function_call" || typeof name !== "string") return undefined;
    return this.#tools.get(keyOf(typeof namespace === "string" ? namespace : "", name));
  }

  /** @returns the name that it is offered under */
  add(tool: NamedTool, namespace: string, wished: string): string {
    const name = this.#tools.has(keyOf(namespace, allowed(wished))) ? hashed(tool.name) : allowed(wished);
    this.#tools.set(keyOf(namespace, name), tool);
    return name;
  }
}

/** Codex's gateway of ours: whoever has it has all tools. */
const GATEWAY = /mcp__plus(?:__|")/;

/**
 * Puts the tools into a request: where its client offers namespaces, each server is one; else each tool is a function.
 * The same tools make the same bytes.
 * @param chained whether upstream remembers what tools this thread was offered, where the request says nothing of tools
 * @returns what was put in; undefined where nothing was said of tools, and upstream goes by what it was told before
 */
export function offerTools(request: RequestBody, tools: readonly NamedTool[], chained: boolean): Offer | undefined {
  const offer = new Offer();
  const sorted = tools.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const index = additional(request);
  const item = index === undefined ? undefined : itemAt(request, index);
  const offered = request.field("tools");
  if (item === undefined && offered === undefined && chained) return undefined;
  const own: readonly Described[] = list(item === undefined ? offered : item.tools);
  if (GATEWAY.test(JSON.stringify(own))) return offer;
  const names = new Set(own.map(({ name }) => name));
  const spaced = item !== undefined || own.some(({ type }) => type === "namespace");
  const more = spaced ? namespaces(offer, sorted, names) : functions(offer, sorted, names);
  if (more.length === 0) return offer;
  request.edit((draft) => {
    if (item !== undefined && index !== undefined) draft.replaceItem(index, { ...item, tools: [...own, ...more] });
    else draft.set("tools", [...own, ...more]);
  });
  return offer;
}

function functions(offer: Offer, tools: readonly NamedTool[], taken: ReadonlySet<unknown>): Described[] {
  return tools
    .filter(({ name }) => !taken.has(name) && !taken.has(allowed(name)))
    .map((tool) => ({ ...described(tool.tool), name: offer.add(tool, "", tool.name) }));
}

function namespaces(offer: Offer, tools: readonly NamedTool[], taken: ReadonlySet<unknown>): Described[] {
  const servers = Map.groupBy(tools, ({ server }) => allowed(`mcp__${server.key}`));
  return [...servers].flatMap(([name, its]) => {
    if (taken.has(name)) return [];
    const own = its.map((tool) => ({ ...described(tool.tool), name: offer.add(tool, name, tool.tool.name) }));
    return [{ type: "namespace", name, description: `Tools of the MCP server ${its[0]?.server.name}.`, tools: own }];
  });
}

const descriptions = new WeakMap<Tool, Described>();

function described(tool: Tool): Described {
  const known = descriptions.get(tool);
  if (known !== undefined) return known;
  const made = {
    type: "function",
    name: tool.name,
    description: tool.description ?? tool.title ?? tool.annotations?.title ?? "",
    strict: false,
    parameters: parametersOf(tool),
  };
  descriptions.set(tool, made);
  return made;
}

const LONGEST = 64;
const HASH = 8;

/** A name as the API takes it: letters, digits, `_` and `-`, at most 64 of them. */
function allowed(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9_-]/g, "_");
  return clean.length <= LONGEST ? clean : hashed(name);
}

function hashed(name: string): string {
  const end = createHash("sha256").update(name).digest("hex").slice(0, HASH);
  return `${name.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, LONGEST - HASH - 1)}_${end}`;
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}\n${name}`;
}

/** Where the item stands that offers a lite model its tools. */
function additional(request: RequestBody): number | undefined {
  const { bytes, spans } = request.items();
  const index = spans.findIndex((span) => stringMember(bytes, span, "type") === "additional_tools");
  return index < 0 ? undefined : index;
}

function itemAt(request: RequestBody, index: number): Item | undefined {
  const { bytes, spans } = request.items();
  const span = spans[index];
  return span === undefined ? undefined : JSON.parse(bytes.toString("utf8", span.start, span.end));
}

function list(value: unknown): readonly Described[] {
  return Array.isArray(value) ? value : [];
}
