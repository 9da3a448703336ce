/** Asking a server for all that it offers, again whenever it says that something has changed. */
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import {
  ErrorCode,
  McpError,
  PromptSchema,
  ResourceSchema,
  ResourceTemplateSchema,
  ToolSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import type { Offer } from "./mcp.ts";

/** Of one list: a server may page for ever. */
const MOST_PAGES = 200;
const MOST_ENTRIES = 5000;
/** Between two looks, in ms, for whoever keeps saying that all has changed. */
const PAUSE_MS = 500;

export class Listing {
  readonly #client: Client;
  readonly #ms: number;
  readonly #told: (offer: Offer) => void;
  #running: Promise<Offer> | undefined;
  #again = false;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param ms for all lists of one look
   * @param told hears of every offer that has come whole
   */
  constructor(client: Client, ms: number, told: (offer: Offer) => void) {
    this.#client = client;
    this.#ms = ms;
    this.#told = told;
  }

  /** Joins the look that is under way. @throws Error as the SDK does */
  look(): Promise<Offer> {
    this.#running ??= offerOf(this.#client, this.#ms)
      .then((offer) => {
        this.#told(offer);
        return offer;
      })
      .finally(() => {
        this.#running = undefined;
        if (this.#again) this.#pause();
      });
    return this.#running;
  }

  /** What was told is true no more. */
  changed(): void {
    this.#again = true;
    if (this.#running !== undefined || this.#timer !== undefined) return;
    this.#again = false;
    // What is not told stays as it was; the server is asked again when it says so again, or starts again.
    this.look().catch(() => undefined);
    this.#pause();
  }

  /** For a while nothing is asked; then once, where there was news meanwhile. */
  #pause(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#again) this.changed();
    }, PAUSE_MS).unref();
  }

  close(): void {
    this.#again = false;
    clearTimeout(this.#timer);
  }
}

async function offerOf(client: Client, ms: number): Promise<Offer> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(McpError.fromError(ErrorCode.RequestTimeout, "listing took too long")), ms);
  const list = <One>(method: string, field: string, schema: z.ZodType<One>) =>
    entries(client, { method, field, schema, ms, signal: late.signal });
  const capabilities = client.getServerCapabilities() ?? {};
  const version = client.getServerVersion();
  try {
    const [tools, prompts, resources, templates] = await Promise.all([
      capabilities.tools ? list("tools/list", "tools", ToolSchema) : [],
      capabilities.prompts ? list("prompts/list", "prompts", PromptSchema) : [],
      capabilities.resources ? list("resources/list", "resources", ResourceSchema) : [],
      capabilities.resources ? list("resources/templates/list", "resourceTemplates", ResourceTemplateSchema) : [],
    ]);
    return {
      tools,
      prompts,
      resources,
      templates,
      capabilities,
      ...(client.getInstructions() !== undefined && { instructions: client.getInstructions() }),
      ...(version && { server: `${version.name} ${version.version}` }),
    };
  } finally {
    clearTimeout(timer);
  }
}

interface ListWanted<One> {
  readonly method: string;
  readonly field: string;
  readonly schema: z.ZodType<One>;
  readonly ms: number;
  readonly signal: AbortSignal;
}

const pageSchema = z.looseObject({ nextCursor: z.string().nullish() });

/** Every page of a list. One entry that is none costs itself only; a list that the server refuses is empty. */
async function entries<One>(client: Client, { method, field, schema, ms, signal }: ListWanted<One>): Promise<One[]> {
  const found: One[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES && found.length < MOST_ENTRIES; page++) {
    const params = cursor === undefined ? {} : { cursor };
    let answer: z.output<typeof pageSchema>;
    try {
      answer = await client.request({ method, params }, pageSchema, { timeout: ms, signal });
    } catch (error) {
      if (refused(error)) break;
      throw error;
    }
    const list = answer[field];
    if (!Array.isArray(list)) break;
    for (const entry of list) {
      const { data } = schema.safeParse(entry);
      if (data !== undefined) found.push(data);
    }
    cursor = answer.nextCursor ?? undefined;
    if (cursor === undefined || seen.has(cursor)) break;
    seen.add(cursor);
  }
  return found.slice(0, MOST_ENTRIES);
}

function refused(error: unknown): boolean {
  if (!(error instanceof McpError)) return false;
  return error.code !== ErrorCode.ConnectionClosed && error.code !== ErrorCode.RequestTimeout;
}
