/** The scopes that verbs write to, and the file of each. `~/.claude.json` is Claude Code's own and only read. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Option } from "commander";
import type { Scope } from "../../mcp/mcp.ts";
import { foldersOf, ownFile, PROJECT_FILE, SERVERS } from "../../mcp/sources/places.ts";
import { placeOf } from "../hooks/list.ts";
import type { ServerFiles } from "./open.ts";

export type NamedScope = "local" | "user" | "project";

/** A file to write servers into, and the way to them. */
export interface Target {
  readonly scope: NamedScope;
  readonly file: string;
  /** To the object of servers. */
  readonly path: readonly string[];
  /** What a new file gets: a project's is for everybody who works there. */
  readonly mode: number;
  /** Who gets the server, in words. */
  readonly whose: string;
}

export function scopeOption(about: string): Option {
  return new Option("-s, --scope <scope>", about).choices(["local", "user", "project"]);
}

export function targetOf({ homes, folder }: Pick<ServerFiles, "homes" | "folder">, scope: NamedScope): Target {
  const { folders, root } = foldersOf(folder, homes.user);
  const own = ownFile(homes);
  if (scope === "user") return { scope, file: own, path: [SERVERS], mode: 0o600, whose: "for you, in all projects" };
  if (scope === "local") {
    const whose = `for you, in ${root}`;
    return { scope, file: own, path: ["projects", root, SERVERS], mode: 0o600, whose };
  }
  const at = folders.find((one) => existsSync(join(one, PROJECT_FILE))) ?? root;
  return { scope, file: join(at, PROJECT_FILE), path: [SERVERS], mode: 0o644, whose: `for all who work in ${at}` };
}

/** The word of the verbs for a scope. */
export function wordOf(scope: Scope): NamedScope {
  return scope === "plus-project" ? "project" : scope === "plus-user" ? "user" : scope;
}

/** A file as it is told: by its name in the project, or whole. */
export function fileOf({ folder }: Pick<ServerFiles, "folder">, file: string): string {
  return placeOf(file, folder);
}
