/** Prompts of MCP servers as commands: `/mcp__server__prompt words`. */
import type { GetPromptResult, Prompt } from "@modelcontextprotocol/sdk/types.js";
import type { CommandSource, Result, SourceCommand, Where } from "../commands/index.ts";
import { toCodexPlusError } from "../errors.ts";
import { nearestName } from "../lib/nearest.ts";
import type { Caller, McpRoom, Offer, Server, ServerStatus } from "../mcp/mcp.ts";
import { serverNamed } from "../mcp/names.ts";
import { promptParts } from "./server-content.ts";

/** A server, and a prompt of it that may not be known. */
interface Located {
  readonly status: ServerStatus;
  readonly name: string;
  readonly prompt: Prompt | undefined;
}

const NEVER = new AbortController().signal;

export class ServerPrompts implements CommandSource {
  readonly #room: McpRoom;
  readonly #maxBytes: number;

  /** @param maxBytes of one text that a server gives */
  constructor(room: McpRoom, maxBytes: number) {
    this.#room = room;
    this.#maxBytes = maxBytes;
  }

  async list(cwd: string): Promise<readonly SourceCommand[]> {
    const usable = (await this.#status(cwd)).filter(({ server }) => server.held === undefined);
    return usable.flatMap((status) =>
      (status.offer?.prompts ?? []).map((prompt) => listed({ status, name: prompt.name, prompt })),
    );
  }

  async find(name: string, cwd: string): Promise<SourceCommand | undefined> {
    const located = await this.#locate(name, cwd);
    return located && listed(located);
  }

  async run(command: string, words: readonly string[], { cwd, session, signal = NEVER }: Where): Promise<Result> {
    const located = await this.#locate(command, cwd);
    if (located === undefined) return { kind: "refused", text: `/${command}: no server of this folder has it.` };
    const caller: Caller = { project: cwd, thread: session || undefined, client: "codex-plus", signal };
    try {
      return await (located.prompt === undefined
        ? this.#askUnknown(command, words, located, caller)
        : this.#ask(command, words, located.status, located.prompt, caller));
    } catch (error) {
      signal.throwIfAborted();
      const { message, row } = toCodexPlusError(error, "CP_MCP_SERVER");
      const advice = row.advice.replace("NAME", located.status.server.name);
      return { kind: "refused", text: `/${command}: ${message}\n${advice}` };
    }
  }

  async #status(cwd: string): Promise<readonly ServerStatus[]> {
    return this.#room.any(cwd) ? this.#room.status(cwd) : [];
  }

  async #locate(name: string, cwd: string): Promise<Located | undefined> {
    const all = await this.#status(cwd);
    const server = serverNamed(
      all.map((status) => status.server),
      name,
    );
    const status = all.find((one) => one.server === server);
    const own = server && name.slice(begin(server.key).length);
    if (status === undefined || own === undefined || own === "") return undefined;
    return { status, name: own, prompt: status.offer?.prompts.find((prompt) => prompt.name === own) };
  }

  async #ask(
    command: string,
    words: readonly string[],
    { server }: ServerStatus,
    { name, arguments: named = [] }: Prompt,
    caller: Caller,
  ): Promise<Result> {
    const missing = named.slice(words.length).filter(({ required }) => required);
    if (missing.length > 0) return { kind: "refused", text: missingText(command, named, missing) };
    const args = Object.fromEntries(named.slice(0, words.length).map((one, at) => [one.name, words[at] ?? ""]));
    return this.#result(await this.#room.prompt(server.name, name, args, caller), server.name);
  }

  /** Asks for a prompt that has not been heard of: its server is started for it, and tells what it has. */
  async #askUnknown(command: string, words: readonly string[], { status, name }: Located, caller: Caller) {
    const { server } = status;
    const asked = this.#room.prompt(server.name, name, {}, caller);
    const failure = await asked.then(
      () => undefined,
      (error: unknown) => toCodexPlusError(error).code,
    );
    const now = await this.#locate(command, caller.project);
    if (now?.prompt?.arguments !== undefined) return this.#ask(command, words, status, now.prompt, caller);
    const { offer } = now?.status ?? {};
    if (failure === "CP_MCP_UNKNOWN" && offer !== undefined) return unknown(server, name, offer);
    return this.#result(await asked, server.name);
  }

  #result({ messages }: GetPromptResult, server: string): Result {
    return { kind: "prompt", parts: promptParts(messages, { server, maxBytes: this.#maxBytes }), attached: [] };
  }
}

const begin = (key: string): string => `mcp__${key}__`;

function listed({ status: { server }, name, prompt }: Located): SourceCommand {
  return {
    name: begin(server.key) + name,
    description: prompt?.description ?? prompt?.title ?? "",
    arguments: (prompt?.arguments ?? []).map((one) => ({ name: one.name, required: one.required ?? false })),
    place: `MCP server ${server.name}`,
    file: server.file,
  };
}

function unknown({ name: server, key }: Server, name: string, { prompts }: Offer): Result {
  const near = nearestName(
    name,
    prompts.map((prompt) => prompt.name),
  );
  const hint = near === undefined ? `//mcp ${server} tells what it has.` : `Did you mean //${begin(key)}${near}?`;
  return { kind: "refused", text: `MCP server ${server} has no prompt ${name}. ${hint}` };
}

function missingText(
  command: string,
  all: NonNullable<Prompt["arguments"]>,
  missing: readonly { readonly name: string }[],
): string {
  const names = missing.map(({ name }) => name).join(" and ");
  const usage = all.map(({ name, required }) => (required ? `<${name}>` : `[${name}]`)).join(" ");
  const about = all.flatMap(({ name, description }) => (description ? [`- ${name}: ${description}`] : []));
  return [
    `/${command} was not run: ${names} ${missing.length === 1 ? "is" : "are"} missing.`,
    `Type: /${command} ${usage}`,
    ...about,
  ].join("\n");
}
