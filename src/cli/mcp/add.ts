/** `codex-plus mcp add NAME -- COMMAND…` and `mcp add --transport http NAME URL`, as `claude mcp add` takes them. */
import { type Command, InvalidArgumentError, Option, type OptionValues } from "commander";
import { verb } from "../flags.ts";
import { addServer } from "./adding.ts";
import { scopeOption } from "./scope.ts";
import { ASSIGNMENT, typedServer } from "./typed.ts";

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
  const typed = typedServer([name, target, ...args], { ...flags, headers: flags.header });
  await addServer(typed.name, typed.definition, flags.scope);
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
