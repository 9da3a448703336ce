/** The tools that a request offers beside the client's own, in the form of the request that they are put in. */
import type { Tool } from "@modelcontextprotocol/sdk/types.js";
import type { NamedTool } from "../../mcp/mcp.ts";
import { GATEWAY } from "../../mcp/names.ts";
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

  add(tool: NamedTool, namespace: string, name: string): void {
    this.#tools.set(keyOf(namespace, name), tool);
  }
}

/** Whoever has our gateway as a server has all tools. */
const THROUGH_GATEWAY = new RegExp(`mcp__${GATEWAY}(?:__|")`);

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
  if (THROUGH_GATEWAY.test(JSON.stringify(own))) return offer;
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
  const free = tools.filter(({ name }) => !taken.has(name));
  for (const tool of free) offer.add(tool, "", tool.name);
  return free.map(({ name, tool }) => ({ ...described(tool), name }));
}

function namespaces(offer: Offer, tools: readonly NamedTool[], taken: ReadonlySet<unknown>): Described[] {
  const servers = Map.groupBy(tools, ({ server }) => `mcp__${server.key}`.slice(0, LONGEST));
  return [...servers].flatMap(([space, its]) => {
    if (taken.has(space)) return [];
    const own = its.map((each) => {
      // A name that was too long begins with its server's no more.
      const name = each.name.startsWith(`${space}__`) ? each.name.slice(space.length + 2) : each.name;
      offer.add(each, space, name);
      return { ...described(each.tool), name };
    });
    return [
      { type: "namespace", name: space, description: `Tools of the MCP server ${its[0]?.server.name}.`, tools: own },
    ];
  });
}

/** Characters of a namespace's name. */
const LONGEST = 64;
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
