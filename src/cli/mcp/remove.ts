/** `codex-plus mcp remove NAME`: out of the file that it stands in. */
import type { Command, OptionValues } from "commander";
import { pathsOf } from "../../config/paths.ts";
import { CodexPlusError } from "../../errors.ts";
import { isObject } from "../../lib/is-object.ts";
import { nearestName } from "../../lib/nearest.ts";
import { LoginStore } from "../../mcp/oauth/store.ts";
import { parseJson, valueAt } from "../../mcp/sources/files.ts";
import { claudeState, type Place } from "../../mcp/sources/places.ts";
import { withoutServer } from "../../mcp/sources/write.ts";
import { EXIT, Exit } from "../exit.ts";
import { verb } from "../flags.ts";
import { alone, edit, keepingTrust } from "./edit.ts";
import { openServers, type ServerFiles } from "./open.ts";
import { fileOf, scopeOption, wordOf } from "./scope.ts";

export function removeCommand(): Command {
  return verb("remove", "take a server out of the file that it stands in", [
    "mcp remove memory",
    "mcp remove memory --scope user",
  ])
    .argument("<name>")
    .addOption(scopeOption("where, if it stands in several places: local, user or project"))
    .action(remove);
}

async function remove(name: string, flags: OptionValues): Promise<void> {
  const files = openServers();
  const found = named(files, name, flags);
  const ours = found.filter(({ file }) => file !== claudeState(files.homes));
  const [first] = ours;
  if (first === undefined) {
    for (const place of found) console.error(elsewhere(files, name, place));
    throw new Exit(EXIT.failed);
  }
  if (ours.length > 1) {
    console.error(`${name} stands in several places; nothing was changed. Say which with --scope:`);
    for (const { scope, file } of ours) console.error(`  ${wordOf(scope)}: ${fileOf(files, file)}`);
    throw new Exit(EXIT.failed);
  }
  const { file } = first;
  await alone(files, () => keepingTrust(files, file, () => edit(file, 0o600, (text) => without(text, name, first))));
  console.log(`Removed ${name} from ${fileOf(files, file)}`);
  const [next] = files.sources.where(files.folder, name);
  if (next !== undefined) console.error(`Now the ${name} of ${fileOf(files, next.file)} counts.`);
  else if (await isLoggedIn(files, name)) {
    console.error(`You are still logged in there. To end that, too: codex-plus mcp logout ${name}`);
  }
}

/** A login stays: another folder may have the same server. */
async function isLoggedIn({ config }: ServerFiles, name: string): Promise<boolean> {
  const store = new LoginStore(pathsOf(config.environment.home).mcpLogins);
  return (await store.named(name)).length > 0;
}

/** Where the name stands. @throws CodexPlusError CP_MCP_UNKNOWN */
function named({ sources, folder }: ServerFiles, name: string, { scope }: OptionValues): readonly Place[] {
  const found = sources.where(folder, name);
  const meant = found.filter((place) => scope === undefined || wordOf(place.scope) === scope);
  if (meant.length > 0) return meant;
  const near = nearestName(name, [...new Set(sources.names(folder))]);
  const at = found.map((place) => wordOf(place.scope)).join(", ");
  const hint = at === "" ? (near === undefined ? "" : `; did you mean ${near}?`) : `; it is in the scope ${at}`;
  const where = scope === undefined ? "for this folder" : `in the scope ${scope}`;
  throw new CodexPlusError("CP_MCP_UNKNOWN", `there is no MCP server ${name} ${where}${hint}`);
}

/** With a project's last server its entry in our file goes, too. */
function without(text: string, name: string, { scope, path }: Place): string | undefined {
  const rest = withoutServer(text, [...path, name]);
  if (rest === undefined || scope !== "local") return rest;
  const servers = valueAt(parseJson(rest), path);
  return isObject(servers) && Object.keys(servers).length === 0 ? withoutServer(rest, path.slice(0, -1)) : rest;
}

/** Where Claude Code keeps it, and how it goes. */
function elsewhere(files: ServerFiles, name: string, { scope, file, path }: Place): string {
  const at = path.map((key) => JSON.stringify(key)).join(" › ");
  return `${name} stands in ${fileOf(files, file)} (${at}), which is Claude Code's own and is not changed by us.
To take it out there: claude mcp remove ${name} -s ${wordOf(scope)}`;
}
