/** Where a project's servers are written down, the place that wins first. */
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Scope } from "../mcp.ts";

/** Where files of a person and of a machine lie. */
export interface ServerHomes {
  /** CODEX_PLUS_HOME. */
  readonly plus: string;
  /** `~/.claude`, or CLAUDE_CONFIG_DIR. */
  readonly claude: string;
  /** The person's home folder. */
  readonly user: string;
  /** Where an administrator's settings of Claude Code lie. */
  readonly managed: string;
}

/** An object of servers by name: the value at `path` of a file. */
export interface Place {
  readonly scope: Scope;
  readonly file: string;
  readonly path: readonly string[];
}

export const SERVERS = "mcpServers";
export const PROJECT_FILE = ".mcp.json";
const OWN_FILE = "mcp.json";

/** Whether what stands there belongs to the project, and so has to be trusted. */
export function isOfProject({ scope }: { readonly scope: Scope }): boolean {
  return scope === "project" || scope === "plus-project";
}

/** The file of servers in CODEX_PLUS_HOME. */
export function ownFile({ plus }: Pick<ServerHomes, "plus">): string {
  return join(plus, OWN_FILE);
}

/** The state that Claude Code keeps beside its home; ours to read only. */
export function claudeState({ claude, user }: Pick<ServerHomes, "claude" | "user">): string {
  return claude === join(user, ".claude") ? `${claude}.json` : join(claude, ".claude.json");
}

/** The file by which an administrator decides alone which servers there are. */
export function managedFile({ managed }: Pick<ServerHomes, "managed">): string {
  return join(managed, "managed-mcp.json");
}

/** All places for a project, whether they exist or not. */
export function placesOf(project: string, homes: ServerHomes): readonly Place[] {
  const managed = managedFile(homes);
  if (existsSync(managed)) return [{ scope: "user", file: managed, path: [SERVERS] }];
  const { folders, root } = foldersOf(project, homes.user);
  const [own, claude] = [ownFile(homes), claudeState(homes)];
  const local = [...new Set([project, root])].flatMap((folder): Place[] => [
    { scope: "local", file: own, path: ["projects", folder, SERVERS] },
    { scope: "local", file: claude, path: ["projects", folder, SERVERS] },
  ]);
  const inFolders = (scope: Scope, ...name: string[]): Place[] =>
    folders.map((folder) => ({ scope, file: join(folder, ...name), path: [SERVERS] }));
  return [
    ...local,
    ...inFolders("project", PROJECT_FILE),
    // Who works in the home folder itself has one file for both, and has written it himself.
    ...inFolders("plus-project", ".codexplus", OWN_FILE).filter(({ file }) => file !== own),
    { scope: "plus-user", file: own, path: [SERVERS] },
    { scope: "user", file: claude, path: [SERVERS] },
  ];
}

/**
 * The folder and those above it, nearest first, and the root of the project. They end at the repository's root; outside
 * of one Claude Code climbs as far as it can, and so do we, but never into the home folder or a folder of somebody else,
 * as for commands.
 */
export function foldersOf(
  project: string,
  user: string,
): { readonly folders: readonly string[]; readonly root: string } {
  const climbed: string[] = [];
  for (let folder = project; ; folder = dirname(folder)) {
    if (folder === user && climbed.length > 0) break;
    climbed.push(folder);
    if (existsSync(join(folder, ".git"))) return { folders: climbed, root: folder };
    if (folder === user || dirname(folder) === folder) break;
  }
  const me = process.getuid?.();
  const end = climbed.findIndex((folder, index) => index > 0 && ownerOf(folder) !== me);
  return { folders: end === -1 ? climbed : climbed.slice(0, end), root: project };
}

function ownerOf(folder: string): number | undefined {
  return statSync(folder, { throwIfNoEntry: false })?.uid;
}
