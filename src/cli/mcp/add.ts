/** `codex-plus mcp add NAME -- COMMAND…` and `mcp add --transport http NAME URL`, as `claude mcp add` takes them. */
import { type Command, InvalidArgumentError, Option, type OptionValues } from "commander";
import { CodexPlusError } from "../../errors.ts";
import { verb } from "../flags.ts";
import { addServer } from "./adding.ts";
import { scopeOption } from "./scope.ts";

const ASSIGNMENT = /^([A-Za-z_]\w*)=(.*)$/s;
const HEADER = /^([\w!#$%&'*+.^`|~-]+):\s+(.*)$/s;

export function addCommand(): Command {
  return verb("add", "write a server down: a program behind --, or the address of one", [
    "mcp add memory -- npx -y @modelcontextprotocol/server-memory",
    "mcp add -s user -e API_KEY=… search -- npx -y search-server --verbose",
    'mcp add --transport http docs https://mcp.example.com/mcp --header "Authorization: Bearer …"',
  ])
    .argument("<name>", "letters, digits, - and _")
    .argument("<commandOrUrl>", "what starts it, or where it is")
    .argument("[args...]", "what the program is given")
    .addOption(
      scopeOption("local: you, in this project; user: you, in all; project: .mcp.json, for all").default("local"),
    )
    .addOption(
      new Option("-t, --transport <kind>", "how it is reached")
        .choices(["stdio", "http", "sse", "ws", "streamable-http"])
        .default("stdio"),
    )
    .option("-e, --env <KEY=VALUE>", "a variable for the program; any number", collected(ASSIGNMENT, "KEY=VALUE"), {})
    .option(
      "-H, --header <header>",
      'a header for its address, as "Name: value"; any number',
      collected(/^([^:\s]+):\s*(.*)$/s, '"Name: value"'),
      {},
    )
    .option("--client-id <id>", "what it knows us by when you log in, where it wants that arranged before")
    .option("--callback-port <port>", "where the browser comes back to, where that has been arranged", portOf)
    .showHelpAfterError("Flags of the server's own program go behind --: codex-plus mcp add NAME -- COMMAND --flag")
    .action(add);
}

async function add(name: string, target: string, args: readonly string[], flags: OptionValues): Promise<void> {
  const { words, env, headers } = sorted([name, target, ...args], flags);
  const [plainName = "", plainTarget, ...rest] = words;
  if (plainTarget === undefined)
    throw new CodexPlusError("CP_USAGE", "what starts the server, or its address, is missing");
  const definition =
    flags.transport === "stdio"
      ? programOf(plainName, plainTarget, rest, env, { ...flags, headers })
      : addressOf(plainName, plainTarget, rest, { headers, env, flags });
  await addServer(plainName, definition, flags.scope);
}

/** Claude Code takes several values behind one `-e` or `-H`: those have come as words in front of the name or the command. */
function sorted(all: readonly string[], flags: OptionValues) {
  const env: Record<string, string> = { ...flags.env };
  const headers: Record<string, string> = { ...flags.header };
  const words: string[] = [];
  for (const word of all) {
    const [, key, value] = (words.length < 2 && (ASSIGNMENT.exec(word) ?? HEADER.exec(word))) || [];
    if (key === undefined || value === undefined) words.push(word);
    else if (ASSIGNMENT.test(word)) env[key] = value;
    else headers[key] = value;
  }
  return { words, env, headers };
}

function programOf(
  name: string,
  command: string,
  args: readonly string[],
  env: Record<string, string>,
  { headers, clientId, callbackPort }: OptionValues,
): object {
  if (/^https?:\/\//.test(command)) {
    const line = `codex-plus mcp add --transport http ${name} ${command.split("?")[0]}`;
    throw new CodexPlusError("CP_USAGE", `that is an address; say how it is reached: ${line}`);
  }
  if (Object.keys(headers).length > 0)
    throw new CodexPlusError("CP_USAGE", "--header is for addresses, not for programs");
  if (clientId !== undefined || callbackPort !== undefined) {
    throw new CodexPlusError("CP_USAGE", "--client-id and --callback-port are for addresses, not for programs");
  }
  return { type: "stdio", command, args, ...(Object.keys(env).length > 0 && { env }) };
}

function addressOf(
  name: string,
  url: string,
  rest: readonly string[],
  { headers, env, flags }: { headers: Record<string, string>; env: Record<string, string>; flags: OptionValues },
): object {
  if (rest.length > 0) throw new CodexPlusError("CP_USAGE", `an address takes nothing behind it, and there is more`);
  if (Object.keys(env).length > 0) throw new CodexPlusError("CP_USAGE", "--env is for programs, not for addresses");
  if (!url.includes("${") && !/^(https?|wss?):$/.test(URL.parse(url)?.protocol ?? "")) {
    throw new CodexPlusError(
      "CP_USAGE",
      `${name}: its address is none: one begins with https://, http://, wss:// or ws://`,
    );
  }
  const { clientId, callbackPort, transport } = flags;
  const oauth = { ...(clientId !== undefined && { clientId }), ...(callbackPort !== undefined && { callbackPort }) };
  return {
    type: transport === "streamable-http" ? "http" : transport,
    url,
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(Object.keys(oauth).length > 0 && { oauth }),
  };
}

function collected(form: RegExp, wanted: string) {
  return (text: string, before: Record<string, string>): Record<string, string> => {
    const [, key, value] = form.exec(text) ?? [];
    if (key === undefined || value === undefined) throw new InvalidArgumentError(`It has to be ${wanted}.`);
    return { ...before, [key]: value };
  };
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port <= 65_535) return port;
  throw new InvalidArgumentError("It has to be a number from 1 to 65535.");
}
