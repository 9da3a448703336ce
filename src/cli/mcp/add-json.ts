/** `codex-plus mcp add-json NAME JSON`: a server as documentation gives it. */
import type { Command, OptionValues } from "commander";
import { CodexPlusError } from "../../errors.ts";
import { isObject } from "../../lib/is-object.ts";
import { parseJson } from "../../mcp/sources/files.ts";
import { verb } from "../flags.ts";
import { addServer } from "./adding.ts";
import { scopeOption } from "./scope.ts";

export function addJsonCommand(): Command {
  return verb("add-json", "write a server down as the JSON that it has in .mcp.json", [
    `mcp add-json docs '{"type":"http","url":"https://mcp.example.com/mcp"}'`,
  ])
    .argument("<name>", "letters, digits, - and _")
    .argument("<json>", "its definition")
    .addOption(
      scopeOption("local: you, in this project; user: you, in all; project: .mcp.json, for all").default("local"),
    )
    .action(addJson);
}

async function addJson(name: string, json: string, flags: OptionValues): Promise<void> {
  const read = parseJson(json);
  if ("wrong" in read) throw new CodexPlusError("CP_USAGE", `the definition of ${name}: ${read.wrong}`);
  if (!isObject(read.value)) throw new CodexPlusError("CP_USAGE", `the definition of ${name} is no JSON object`);
  await addServer(name, read.value, flags.scope);
}
