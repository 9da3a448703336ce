/** Servers in the form of `.mcp.json`, each by itself: one mistake costs one server and not the file. */
import { z } from "zod";
import { isObject } from "../../lib/is-object.ts";
import type { ServerConfig } from "../mcp.ts";

/** A server as its file has it. */
export interface Definition {
  readonly name: string;
  /** The very text of the file, for fingerprints and for showing. */
  readonly written: Readonly<Record<string, unknown>>;
  /** Variables not put in. */
  readonly config: ServerConfig;
}

/** What cannot be used, and what to do about it; the name is empty where it is no server's fault. */
export interface Mistake {
  readonly name: string;
  readonly message: string;
}

export interface Parsed {
  readonly definitions: readonly Definition[];
  readonly mistakes: readonly Mistake[];
}

export const NOTHING: Parsed = { definitions: [], mistakes: [] };

/** Other clients' words for the same. */
const ALIASES: Readonly<Record<string, string>> = { "streamable-http": "http" };
/** A shorter limit for calls is taken for a slip (seconds for milliseconds), as Claude Code does. */
const LEAST_TIMEOUT = 1000;
/** What a timer can count to; about 25 days. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

const text = (what: string) => z.string({ error: `${what} must be text` });
const texts = (what: string) =>
  z.record(z.string(), text(`every value of ${what}`), { error: `${what} must be an object` });
const common = {
  timeout: z.number({ error: "timeout must be a number of milliseconds" }).optional(),
};
const words = z.union([z.array(z.string()), z.string().transform((line) => line.split(/[\s,]+/).filter(Boolean))], {
  error: "oauth.scopes must be a list of text",
});
const oauth = z
  .looseObject(
    {
      clientId: text("oauth.clientId").optional(),
      callbackPort: z.int({ error: "oauth.callbackPort must be a port" }).min(1).max(65_535).optional(),
      scopes: words.optional(),
      authServerMetadataUrl: text("oauth.authServerMetadataUrl").optional(),
    },
    { error: "oauth must be an object" },
  )
  .transform(({ clientId, callbackPort, scopes, authServerMetadataUrl }) => {
    return { clientId, callbackPort, scopes, authServerMetadataUrl };
  })
  .optional();
const local = z.looseObject({
  command: text("command").min(1, "command is empty"),
  args: z.array(text("every one of args"), { error: "args must be a list" }).default([]),
  env: texts("env").default({}),
  ...common,
});
const remote = z.looseObject({
  url: text("url").min(1, "url is empty"),
  headers: texts("headers").default({}),
  headersHelper: text("headersHelper").optional(),
  oauth,
  ...common,
});

const known = new WeakMap<object, Parsed>();

/**
 * Reads an object of servers by name (what stands under `mcpServers`). Never throws. Unknown fields pass.
 * The same object is read once.
 */
export function parseServers(servers: unknown): Parsed {
  if (servers === undefined) return NOTHING;
  if (!isObject(servers))
    return { definitions: [], mistakes: [{ name: "", message: "mcpServers is no object of servers" }] };
  const before = known.get(servers);
  if (before !== undefined) return before;
  const definitions: Definition[] = [];
  const mistakes: Mistake[] = [];
  for (const [name, written] of Object.entries(servers)) {
    const config = isObject(written) ? (unwritable(written) ?? configOf(written)) : "it is no object";
    if (name.trim() === "") mistakes.push({ name, message: "a server without a name" });
    else if (typeof config === "string") mistakes.push({ name, message: config });
    else definitions.push({ name, written: written as Definition["written"], config });
  }
  const parsed = { definitions, mistakes };
  known.set(servers, parsed);
  return parsed;
}

/** It is read, but what can be read cannot always be written: by that it is known again, and shown. */
function unwritable(written: object): string | undefined {
  try {
    JSON.stringify(written);
    return undefined;
  } catch {
    return "it is nested too deeply";
  }
}

/** The definition that a file's text has, or what is wrong with it, in words. */
export function configOf(written: Readonly<Record<string, unknown>>): ServerConfig | string {
  const named = written.type;
  if (named === undefined && written.url !== undefined && written.command === undefined) {
    return `it has a url and no type: add "type": "http" (or "sse" for an old server)`;
  }
  const type = typeof named === "string" ? (ALIASES[named] ?? named) : (named ?? "stdio");
  if (type === "stdio") {
    if (written.command === undefined) return `it has neither a command nor a url`;
    const found = local.safeParse(written);
    if (!found.success) return messageOf(found.error);
    const { command, args, env, timeout } = found.data;
    return { type, command, args, env, headers: {}, timeoutMs: timeoutOf(timeout) };
  }
  if (type === "http" || type === "sse" || type === "ws") {
    if (written.url === undefined) return `it is of type ${type} and has no url`;
    const found = remote.safeParse(written);
    if (!found.success) return messageOf(found.error);
    const { url, headers, headersHelper, oauth: login, timeout } = found.data;
    return { type, args: [], env: {}, url, headers, headersHelper, oauth: login, timeoutMs: timeoutOf(timeout) };
  }
  return `its type ${JSON.stringify(type)} is none of stdio, http, sse, ws`;
}

function timeoutOf(ms: number | undefined): number | undefined {
  return ms !== undefined && ms >= LEAST_TIMEOUT ? Math.min(ms, LONGEST_TIMEOUT) : undefined;
}

function messageOf(error: z.ZodError): string {
  return error.issues[0]?.message ?? "it cannot be read";
}
