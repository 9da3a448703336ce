/**
 * What settings of Claude Code say of the servers in `.mcp.json`. They can only hold servers back: that one is approved
 * there by its name says nothing about what it runs today, which is a matter of trust.
 */
import { join } from "node:path";
import { z } from "zod";
import { isObject } from "../../lib/is-object.ts";
import { type ReadJson, valueAt } from "./files.ts";
import { claudeState, foldersOf, type ServerHomes } from "./places.ts";

export interface Approvals {
  /** The file that rejects a server of `.mcp.json`, or leaves it out of those that it approves; undefined where none does. */
  holds(name: string): { readonly file: string; readonly how: "rejected" | "not approved" } | undefined;
}

const names = z.array(z.string()).optional().catch(undefined);
const schema = z.looseObject({
  enableAllProjectMcpServers: z.boolean().optional().catch(undefined),
  enabledMcpjsonServers: names,
  disabledMcpjsonServers: names,
});

interface Said extends z.output<typeof schema> {
  readonly file: string;
}

export function approvalsOf(project: string, homes: ServerHomes, read: ReadJson): Approvals {
  const said = saidFor(project, homes, read);
  const all = said.some(({ enableAllProjectMcpServers }) => enableAllProjectMcpServers === true);
  // Claude Code writes empty lists of its own accord: they say nothing.
  const lists = said.filter(({ enabledMcpjsonServers: list = [] }) => list.length > 0);
  const approved = new Set(lists.flatMap(({ enabledMcpjsonServers: list = [] }) => list));
  return {
    holds(name) {
      const no = said.find(({ disabledMcpjsonServers: list = [] }) => list.includes(name));
      if (no !== undefined) return { file: no.file, how: "rejected" };
      const [first] = lists;
      if (all || first === undefined || approved.has(name)) return undefined;
      return { file: first.file, how: "not approved" };
    },
  };
}

function saidFor(project: string, homes: ServerHomes, read: ReadJson): readonly Said[] {
  const { root } = foldersOf(project, homes.user);
  const folders = [...new Set([project, root])];
  const settings = [
    join(homes.managed, "managed-settings.json"),
    ...folders.map((folder) => join(folder, ".claude", "settings.local.json")),
    ...folders.map((folder) => join(folder, ".claude", "settings.json")),
    join(homes.claude, "settings.json"),
  ];
  const state = claudeState(homes);
  const projects = valueAt(read(state), ["projects"]);
  const parts: [string, unknown][] = [
    ...settings.map((file): [string, unknown] => [file, valueAt(read(file), [])]),
    ...folders.map((folder): [string, unknown] => [state, isObject(projects) ? projects[folder] : undefined]),
  ];
  return parts.flatMap(([file, value]) => (isObject(value) ? [{ ...schema.parse(value), file }] : []));
}
