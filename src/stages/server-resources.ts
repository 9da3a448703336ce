/** `@server:uri` in what a person has typed: the resource goes along. */
import type { ReadResourceResult } from "@modelcontextprotocol/sdk/types.js";
import { count } from "../lib/amounts.ts";
import type { McpRoom, Server, ServerStatus } from "../mcp/mcp.ts";
import { resourceText, wrapped } from "./server-content.ts";

export interface ResourceOptions {
  readonly room: McpRoom;
  /** Of one resource so much goes along, in bytes. */
  readonly maxBytes: number;
  /** Until a resource must have been read, its server's start counted in, in ms. */
  readonly waitMs: number;
}

/** Who mentions it. */
export interface Mentioner {
  readonly project: string;
  readonly thread: string;
  readonly turn?: string | undefined;
  readonly request?: string | undefined;
  readonly signal: AbortSignal;
}

type ResourceContents = ReadResourceResult["contents"];

interface Mention {
  readonly server: Server;
  readonly uri: string;
}

const AT = 0x40;
const COLON = 0x3a;
/** How many resources one prompt may bring. */
const MOST = 20;
const URI = /^[a-z][a-z\d+.-]*:\S/i;
const CLOSING = /[.,;:!?'")\]}>]+$/;

export class ServerResources {
  readonly #options: ResourceOptions;

  constructor(options: ResourceOptions) {
    this.#options = options;
  }

  /** Whether the text of any message may mention one. A search, not a parse; where a folder names no server, nothing. */
  async mayBeIn(bytes: Buffer, project: string): Promise<boolean> {
    const { room } = this.#options;
    if (!room.any(project) || !bytes.includes(AT)) return false;
    const starts = new Set(
      namesOf((await room.set(project)).servers).flatMap(([name]) => {
        const start = Buffer.from(JSON.stringify(`${name}:`).slice(1, -1)).toString("latin1");
        return [start, `\\"${start}`];
      }),
    );
    const lengths = [...new Set([...starts].map(({ length }) => length))];
    // Source code is full of @: what does not end as a name does is never looked at as a whole.
    const isStart = (at: number) => (length: number) =>
      bytes[at + length - 1] === COLON && starts.has(bytes.toString("latin1", at, at + length));
    for (let at = bytes.indexOf(AT) + 1; at > 0; at = bytes.indexOf(AT, at) + 1) {
      if (lengths.some(isStart(at))) return true;
    }
    return false;
  }

  /** The text parts of all resources that a text mentions; of one that cannot go along, a word that says why. */
  async named(text: string, who: Mentioner): Promise<readonly string[]> {
    const { room } = this.#options;
    const mentions = room.any(who.project) ? findMentions(text, await room.status(who.project)) : [];
    const parts = await Promise.all(mentions.slice(0, MOST).map((mention) => this.#read(mention, who)));
    const over = mentions.slice(MOST).map(({ server, uri }) => refusal(server, uri, `only ${MOST} go along at a time`));
    return [...parts.flat(), ...over];
  }

  async #read({ server, uri }: Mention, { signal, ...who }: Mentioner): Promise<readonly string[]> {
    const { room, maxBytes, waitMs } = this.#options;
    const late = AbortSignal.timeout(waitMs);
    const caller = { ...who, client: "codex-plus", signal: AbortSignal.any([signal, late]) };
    try {
      const { contents } = await room.read(server.name, uri, caller);
      if (contents.length === 0) return [wrapped(server.name, uri, "[it is empty]")];
      return textsOf(contents, server, uri, maxBytes);
    } catch (error) {
      signal.throwIfAborted();
      const why = late.aborted ? `no answer within ${waitMs / 1000} s` : (error as Error).message;
      return [refusal(server, uri, why)];
    }
  }
}

/** A folder, for one, has many texts: together they may be no longer than one. */
function textsOf(contents: ResourceContents, server: Server, uri: string, maxBytes: number): string[] {
  const texts: string[] = [];
  let left = maxBytes;
  for (const [index, one] of contents.entries()) {
    if (left <= 0) {
      const over = count(contents.length - index, "part");
      return [...texts, refusal(server, uri, `${over} more of it (setting mcp.resourceBytes)`)];
    }
    const text = resourceText(one, { server: server.name, maxBytes: left });
    left -= Buffer.byteLength(text);
    texts.push(text);
  }
  return texts;
}

function refusal({ name }: Server, uri: string, why: string): string {
  return wrapped(name, uri, `[not attached: ${why}]`);
}

/** All that servers may be called by, the longest first. */
function namesOf(servers: readonly Server[]): (readonly [string, Server])[] {
  return servers
    .flatMap((server) => [...new Set([server.name, server.key])].map((name) => [name, server] as const))
    .toSorted(([one], [other]) => other.length - one.length);
}

/**
 * The resources that a text mentions, each once. What follows a server's name is one where the server has told of it, or
 * where it has the form of an address: `@docs:` may be anything. `@"my server:file:///a b"` is quoted.
 */
export function findMentions(text: string, all: readonly Pick<ServerStatus, "server" | "offer">[]): Mention[] {
  const names = namesOf(all.map(({ server }) => server));
  const found = new Map<string, Mention>();
  for (const [, quoted, plain = ""] of text.matchAll(/(?:^|\s)@(?:"([^"\n]+)"|(\S+))/g)) {
    const reference = quoted ?? plain;
    const [name, server] = names.find(([one]) => reference.startsWith(`${one}:`)) ?? [];
    if (name === undefined || server === undefined) continue;
    const offer = all.find((one) => one.server === server)?.offer;
    const listed = (uri: string): boolean => offer?.resources.some((one) => one.uri === uri) ?? false;
    const whole = reference.slice(name.length + 1);
    const uri = quoted !== undefined || listed(whole) ? whole : whole.replace(CLOSING, "");
    if (listed(uri) || URI.test(uri)) found.set(`${server.key} ${uri}`, { server, uri });
  }
  return [...found.values()];
}
