/** Writing a server down, and saying what came of it. */
import { isDeepStrictEqual } from "node:util";
import { CodexPlusError } from "../../errors.ts";
import { configOf } from "../../mcp/sources/parse.ts";
import { withServer } from "../../mcp/sources/write.ts";
import { EXIT, Exit } from "../exit.ts";
import { alone, edit, keepingTrust } from "./edit.ts";
import { meet } from "./meeting.ts";
import { openServers, type ServerFiles } from "./open.ts";
import { fileOf, type NamedScope, type Target, targetOf, wordOf } from "./scope.ts";
import { what } from "./shown.ts";

const NAME = /^[A-Za-z0-9_-]+$/;

/**
 * `add` and `add-json`.
 * @throws CodexPlusError CP_USAGE, CP_FILE_UNUSABLE
 * @throws Exit 1 where there is one of that name in that scope
 */
export async function addServer(name: string, definition: object, scope: NamedScope): Promise<void> {
  if (!NAME.test(name)) {
    throw new CodexPlusError(
      "CP_USAGE",
      `${JSON.stringify(name)} is no name for a server: letters, digits, - and _ only`,
    );
  }
  const wrong = configOf({ ...definition });
  if (typeof wrong === "string") throw new CodexPlusError("CP_USAGE", `${name}: ${wrong}`);
  const files = openServers();
  const target = targetOf(files, scope);
  const written = await put(files, target, [[name, definition]]);
  if (written.length === 0) {
    console.error(`There is a server ${name} in ${fileOf(files, target.file)} already; nothing was changed.`);
    console.error(`To take it out: codex-plus mcp remove ${name} -s ${scope}`);
    throw new Exit(EXIT.failed);
  }
  console.log(`Added ${name} (${what({ ...definition })}) ${target.whose}: ${fileOf(files, target.file)}`);
  await afterwards(files, name, target);
}

/** Whether the target has something of that name, usable or not. */
function has({ sources, folder }: ServerFiles, name: string, target: Target): boolean {
  return sources
    .where(folder, name)
    .some(({ file, path }) => file === target.file && isDeepStrictEqual(path, target.path));
}

/**
 * Writes servers into one file, all or none; what is there already stays.
 * @returns the names of those that were written
 * @throws CodexPlusError CP_FILE_UNUSABLE
 */
export async function put(
  files: ServerFiles,
  target: Target,
  servers: readonly (readonly [string, object])[],
): Promise<readonly string[]> {
  const { file, path, mode } = target;
  return alone(files, async () => {
    const missing = servers.filter(([name]) => !has(files, name, target));
    const change = (text: string): string =>
      missing.reduce((now, [name, definition]) => withServer(now, [...path, name], definition), text);
    if (missing.length > 0) await keepingTrust(files, file, () => edit(file, mode, change));
    return missing.map(([name]) => name);
  });
}

/** What the server offers, or why it does not come to that. */
async function afterwards(files: ServerFiles, name: string, { file }: Target): Promise<void> {
  const { config, sources, folder } = files;
  if (!config.mcp.enabled) return console.error("MCP is off (mcp.enabled in config.json): no server is started.");
  const counting = sources.written(folder).find((one) => one.name === name);
  if (counting === undefined)
    return console.error("It does not count: an administrator decides which servers there are.");
  if (counting.place.file === file) return meet(files, [name]);
  const { scope, file: other } = counting.place;
  console.error(`${fileOf(files, other)} has a ${name} too, of the scope ${wordOf(scope)}, and that one counts here.`);
}
