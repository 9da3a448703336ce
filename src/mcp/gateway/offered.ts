/** What a project's servers offer, under the names that a client of the gateway knows it by; and the way back from them. */
import { UriTemplate } from "@modelcontextprotocol/sdk/shared/uriTemplate.js";
import type { Prompt, Resource, ResourceTemplate, Tool } from "@modelcontextprotocol/sdk/types.js";
import type { McpRoom, Offer, Server } from "../mcp.ts";
import { invalid, unknownResource } from "./refusal.ts";

/** Whose servers a client sees. */
export interface Scope {
  /** A folder, absolute. */
  readonly project: string;
  /** The key of the one server that is shown, under its own names; undefined: all of them. */
  readonly only?: string | undefined;
}

/** Something of a server's, as the server itself calls it. */
export interface Own {
  readonly server: Server;
  readonly name: string;
}

interface Offering {
  readonly server: Server;
  readonly offer: Offer;
}

/** How long a list waits for servers that have never been met, in ms. */
const MEETING_MS = 5000;
/** A uri with the server it is of before it. Understood for every uri, shown for those that more than one server has. */
const PREFIXED = /^plus:([\w-]+)\/(.+)$/s;

/**
 * Tools and prompts are `KEY__NAME`, unique as keys are. A uri stays as its server has it while no other server has the
 * same; else it is `plus:KEY/URI` for each of them. Where one server is shown alone, everything has its own name.
 */
export class Offered {
  readonly #room: McpRoom;
  readonly #scope: Scope;

  constructor(room: McpRoom, scope: Scope) {
    this.#room = room;
    this.#scope = scope;
  }

  /** Those that can only be called as tasks, which the gateway does not offer, are left out. */
  async tools(): Promise<Tool[]> {
    const tools = await this.#tools();
    return tools.map(({ shown, tool }) => ({ ...tool, name: shown }));
  }

  /** The name that the room knows a tool by; one that is not known is left for the room to refuse. */
  async tool(name: string): Promise<string> {
    const tools = await this.#tools();
    const { only } = this.#scope;
    return tools.find(({ shown }) => shown === name)?.name ?? `mcp__${only === undefined ? "" : `${only}__`}${name}`;
  }

  async prompts(): Promise<Prompt[]> {
    const offerings = await this.#offerings();
    return offerings.flatMap(({ server, offer }) =>
      offer.prompts.map((prompt) => ({ ...prompt, name: this.#named(server, prompt.name) })),
    );
  }

  /** @throws Refusal where no server offers it */
  async prompt(name: string): Promise<Own> {
    for (const { server, offer } of await this.#offerings()) {
      const own = offer.prompts.find((prompt) => this.#named(server, prompt.name) === name);
      if (own !== undefined) return { server, name: own.name };
    }
    throw invalid(`there is no prompt ${JSON.stringify(name)}`);
  }

  async resources(): Promise<Resource[]> {
    const offerings = await this.#offerings();
    return toldApart(offerings, ({ resources }) => resources, "uri");
  }

  async templates(): Promise<ResourceTemplate[]> {
    const offerings = await this.#offerings();
    return toldApart(offerings, ({ templates }) => templates, "uriTemplate");
  }

  /**
   * Whose a uri is: of the server that is named in it, that lists it, or has a template for it; or of the only one that
   * has resources at all.
   * @throws Refusal where that cannot be told
   */
  async resource(uri: string): Promise<Own> {
    const offerings = await this.#offerings();
    const [, key, own] = PREFIXED.exec(uri) ?? [];
    const named = offerings.find(({ server }) => server.key === key);
    if (named !== undefined && own !== undefined) return { server: named.server, name: own };
    const able = offerings.filter(({ offer }) => offer.capabilities.resources !== undefined);
    const listing = able.filter(({ offer }) => offer.resources.some((resource) => resource.uri === uri));
    const fitting = able.filter(({ offer }) => offer.templates.some((template) => fits(template, uri)));
    const owners = [listing, fitting, able].find((some) => some.length > 0) ?? [];
    const [owner, other] = owners;
    if (owner !== undefined && other === undefined) return { server: owner.server, name: uri };
    const choice = owners.map(({ server }) => `plus:${server.key}/${uri}`).join(" or ");
    throw unknownResource(uri, owner ? `which server's? Ask for ${choice}` : "no server has resources");
  }

  /**
   * Whose a template is, given as the template itself or as a uri that one fits.
   * @throws Refusal where that cannot be told
   */
  async template(uri: string): Promise<Own> {
    const offerings = await this.#offerings();
    const [owner, other] = offerings.filter(({ offer }) => offer.templates.some((one) => one.uriTemplate === uri));
    return owner !== undefined && other === undefined ? { server: owner.server, name: uri } : this.resource(uri);
  }

  /** What the servers say of themselves, under their names; nothing is waited for. */
  async instructions(): Promise<string | undefined> {
    const told = (await this.#known()).flatMap(({ server, offer }) => {
      const text = offer.instructions?.trim().slice(0, MOST_OF_ONE);
      return text ? [this.#scope.only === undefined ? `# ${server.key}\n${text}` : text] : [];
    });
    return told.length === 0 ? undefined : told.join("\n\n").slice(0, MOST_OF_ALL);
  }

  async #tools() {
    await this.#room.meet(this.#scope.project, MEETING_MS);
    const tools = await this.#room.tools(this.#scope.project);
    return tools
      .filter(({ server, tool }) => this.#shows(server) && tool.execution?.taskSupport !== "required")
      .map(({ name, tool }) => ({
        name,
        tool,
        shown: this.#scope.only === undefined ? name.slice("mcp__".length) : tool.name,
      }));
  }

  async #offerings(): Promise<readonly Offering[]> {
    await this.#room.meet(this.#scope.project, MEETING_MS);
    return this.#known();
  }

  async #known(): Promise<readonly Offering[]> {
    const statuses = await this.#room.status(this.#scope.project);
    return statuses.flatMap(({ server, state, offer }) =>
      offer !== undefined && state !== "held" && this.#shows(server) ? [{ server, offer }] : [],
    );
  }

  #shows({ key }: Server): boolean {
    return this.#scope.only === undefined || this.#scope.only === key;
  }

  #named({ key }: Server, name: string): string {
    return this.#scope.only === undefined ? `${key}__${name}` : name;
  }
}

/** Most characters of instructions that a client gets to read. */
const MOST_OF_ONE = 4000;
const MOST_OF_ALL = 16_000;

function toldApart<Field extends string, One extends Record<Field, string>>(
  offerings: readonly Offering[],
  list: (offer: Offer) => readonly One[],
  field: Field,
): One[] {
  const all = offerings.flatMap(({ server, offer }) => list(offer).map((one) => ({ server, one })));
  const owners = new Map<string, Set<Server>>();
  for (const { server, one } of all) owners.set(one[field], (owners.get(one[field]) ?? new Set()).add(server));
  return all.map(({ server, one }) =>
    owners.get(one[field])?.size === 1 ? one : { ...one, [field]: `plus:${server.key}/${one[field]}` },
  );
}

/** The SDK refuses templates that are too long or not well-formed; such a one fits nothing. */
function fits({ uriTemplate }: ResourceTemplate, uri: string): boolean {
  try {
    return new UriTemplate(uriTemplate).match(uri) !== null;
  } catch {
    return false;
  }
}
