/** What was typed behind `mcp add`, as a definition. */
import { CodexPlusError } from "../../errors.ts";

export const ASSIGNMENT = /^([A-Za-z_]\w*)=(.*)$/s;
const HEADER = /^([\w!#$%&'*+.^`|~-]+):\s+(.*)$/s;

type Texts = Readonly<Record<string, string>>;

/** The flags that decide what a server is. */
export interface Typed {
  readonly transport?: string;
  readonly env?: Texts;
  readonly headers?: Texts;
  readonly clientId?: string;
  readonly callbackPort?: number;
}

/**
 * @param all the words: a name, then a command with its arguments or an address
 * @throws CodexPlusError CP_USAGE
 */
export function typedServer(all: readonly string[], flags: Typed): { name: string; definition: object } {
  const isProgram = flags.transport === undefined || flags.transport === "stdio";
  const { words, env, headers } = sorted(all, flags, isProgram);
  const [name = "", target, ...rest] = words;
  if (target === undefined) throw wrong("what starts the server, or its address, is missing");
  const given = { ...flags, env, headers };
  return { name, definition: isProgram ? programOf(name, target, rest, given) : addressOf(name, target, rest, given) };
}

/**
 * Claude Code takes several values behind one `-e` or `-H`: here these have come as words of their own. Behind a program
 * they are its own arguments.
 */
function sorted(all: readonly string[], flags: Typed, isProgram: boolean) {
  const env: Record<string, string> = { ...flags.env };
  const headers: Record<string, string> = { ...flags.headers };
  const words: string[] = [];
  for (const word of all) {
    const ours = !isProgram || words.length < 2;
    const [, variable, value] = (ours && ASSIGNMENT.exec(word)) || [];
    const [, header, content] = (ours && HEADER.exec(word)) || [];
    if (variable !== undefined && value !== undefined) env[variable] = value;
    else if (header !== undefined && content !== undefined) headers[header] = content;
    else words.push(word);
  }
  return { words, env, headers };
}

function programOf(name: string, command: string, args: readonly string[], flags: Typed): object {
  const { env = {}, headers = {}, clientId, callbackPort } = flags;
  if (/^https?:\/\//.test(command)) {
    const line = `codex-plus mcp add --transport http ${name} ${command.split("?")[0]}`;
    throw wrong(`that is an address; say how it is reached: ${line}`);
  }
  if (!isEmpty(headers)) throw wrong("--header is for addresses, not for programs");
  if (clientId !== undefined || callbackPort !== undefined) {
    throw wrong("--client-id and --callback-port are for addresses, not for programs");
  }
  return { type: "stdio", command, args, ...(!isEmpty(env) && { env }) };
}

function addressOf(name: string, url: string, rest: readonly string[], flags: Typed): object {
  const { env = {}, headers = {}, clientId, callbackPort, transport } = flags;
  if (rest.length > 0) throw wrong("an address takes nothing behind it, and there is more");
  if (!isEmpty(env)) throw wrong("--env is for programs, not for addresses");
  if (!url.includes("${") && !/^(https?|wss?):$/.test(URL.parse(url)?.protocol ?? "")) {
    throw wrong(`${name}: its address is none: one begins with https://, http://, wss:// or ws://`);
  }
  const oauth = { ...(clientId !== undefined && { clientId }), ...(callbackPort !== undefined && { callbackPort }) };
  return {
    type: transport === "streamable-http" ? "http" : transport,
    url,
    ...(!isEmpty(headers) && { headers }),
    ...(!isEmpty(oauth) && { oauth }),
  };
}

function isEmpty(values: object): boolean {
  return Object.keys(values).length === 0;
}

function wrong(message: string): CodexPlusError {
  return new CodexPlusError("CP_USAGE", message);
}
