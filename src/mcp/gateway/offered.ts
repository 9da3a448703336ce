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
  #meeting: Promise<void> | undefined;

  constructor(room: McpRoom, scope: Scope) {
    this.#room = room;
    this.#scope = scope;
  }

  async tools(): Promise<Tool[]> {
    await this.#met();
    const tools = await this.#tools();
    return tools.map(({ shown, tool }) => ({ ...tool, name: shown }));
  }

  /** The name that the room knows a tool by; one that is not known is left to the room, which asks its server or refuses. */
  async tool(name: string): Promise<string> {
    const tools = await this.#tools();
    const { only } = this.#scope;
    return tools.find(({ shown }) => shown === name)?.name ?? `mcp__${only === undefined ? "" : `${only}__`}${name}`;
  }

  async prompts(): Promise<Prompt[]> {
    await this.#met();
    const offerings = await this.#offerings();
    return offerings.flatMap(({ server, offer }) =>
      offer.prompts.map((prompt) => ({ ...prompt, name: this.#named(server, prompt.name) })),
    );
  }

  /** @throws Refusal where no server offers it */
  async prompt(name: string): Promise<Own> {
    const found = await this.#find((offerings) => {
      for (const { server, offer } of offerings) {
        const own = offer.prompts.find((prompt) => this.#named(server, prompt.name) === name);
        if (own !== undefined) return { server, name: own.name };
      }
      return undefined;
    });
    if (found === undefined) throw invalid(`there is no prompt ${JSON.stringify(name)}`);
    return found;
  }

  async resources(): Promise<Resource[]> {
    await this.#met();
    const offerings = await this.#offerings();
    return toldApart(offerings, ({ resources }) => resources, "uri");
  }

  async templates(): Promise<ResourceTemplate[]> {
    await this.#met();
    const offerings = await this.#offerings();
    return toldApart(offerings, ({ templates }) => templates, "uriTemplate");
  }

  /**
   * Whose a uri is: of the server that is named in it, that lists it, or has a template for it; or of the only one that
   * has resources at all.
   * @throws Refusal where that cannot be told
   */
  async resource(uri: string): Promise<Own> {
    const owners = (await this.#find((offerings) => ownersOf(offerings, uri))) ?? (await this.#able(uri));
    const [owner, other] = owners;
    if (owner !== undefined && other === undefined) return owner;
    const choice = owners.map(({ server }) => `plus:${server.key}/${uri}`).join(" or ");
    throw unknownResource(uri, owner ? `which server's? Ask for ${choice}` : "no server has resources");
  }

  /**
   * Whose a template is, given as the template itself or as a uri that one fits.
   * @throws Refusal where that cannot be told
   */
  async template(uri: string): Promise<Own> {
    const owners = (await this.#offerings()).filter(({ offer }) =>
      offer.templates.some(({ uriTemplate }) => uriTemplate === uri),
    );
    const [owner, other] = owners;
    return owner !== undefined && other === undefined ? { server: owner.server, name: uri } : this.resource(uri);
  }

  /** What the servers say of themselves, under their names; nothing is waited for. */
  async instructions(): Promise<string | undefined> {
    const told = (await this.#offerings()).flatMap(({ server, offer }) => {
      const text = offer.instructions?.trim().slice(0, MOST_OF_ONE);
      return text ? [this.#scope.only === undefined ? `# ${server.key}\n${text}` : text] : [];
    });
    return told.length === 0 ? undefined : told.join("\n\n").slice(0, MOST_OF_ALL);
  }

  async #tools() {
    const { project, only } = this.#scope;
    const tools = await this.#room.tools(project);
    return tools
      .filter(({ server }) => this.#shows(server))
      .map(({ name, tool }) => ({ name, tool, shown: only === undefined ? name.slice("mcp__".length) : tool.name }));
  }

  /** The first list of a client waits for servers that nobody knows yet; later it is told of changes. */
  async #met(): Promise<void> {
    this.#meeting ??= this.#room.meet(this.#scope.project, MEETING_MS);
    await this.#meeting;
  }

  /** What is looked for among all that is known; only where that does not have it, never-met servers are waited for. */
  async #find<Found>(look: (offerings: readonly Offering[]) => Found | undefined): Promise<Found | undefined> {
    const known = look(await this.#offerings());
    if (known !== undefined) return known;
    await this.#room.meet(this.#scope.project, MEETING_MS);
    return look(await this.#offerings());
  }

  /** All that have resources, whatever they list: a uri may come from what a tool has said. */
  async #able(uri: string): Promise<Own[]> {
    const offerings = await this.#offerings();
    return offerings
      .filter(({ offer }) => offer.capabilities.resources !== undefined)
      .map(({ server }) => ({ server, name: uri }));
  }

  async #offerings(): Promise<readonly Offering[]> {
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

/** Whose a uri is, by its prefix, the lists, or the templates; undefined where nothing tells. */
function ownersOf(offerings: readonly Offering[], uri: string): Own[] | undefined {
  const [, key, own] = PREFIXED.exec(uri) ?? [];
  const named = offerings.find(({ server }) => server.key === key);
  if (named !== undefined && own !== undefined) return [{ server: named.server, name: own }];
  const listing = offerings.filter(({ offer }) => offer.resources.some((resource) => resource.uri === uri));
  const fitting = offerings.filter(({ offer }) => offer.templates.some((template) => fits(template, uri)));
  const owners = listing.length > 0 ? listing : fitting;
  return owners.length === 0 ? undefined : owners.map(({ server }) => ({ server, name: uri }));
}

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
