/** The settings files that hooks stand in, for a folder. Claude Code's places, and ours beside them. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Handler } from "../hook.ts";

/** Where settings of a person and of a machine lie. */
export interface HookHomes {
  /** CODEX_PLUS_HOME. */
  readonly plus: string;
  /** `~/.claude`, or CLAUDE_CONFIG_DIR. */
  readonly claude: string;
  /** The person's home folder. */
  readonly user: string;
  /** Where an administrator's settings lie: see `managedFolder`. */
  readonly managed: string;
}

export interface Layer {
  readonly name: Handler["layer"];
  readonly file: string;
  /** Whether it belongs to the project, and so has to be trusted. */
  readonly project: boolean;
}

/** Claude Code's folder for managed settings on this system. */
export function managedFolder(platform: NodeJS.Platform = process.platform): string {
  if (platform === "darwin") return "/Library/Application Support/ClaudeCode";
  if (platform === "win32") return "C:\\Program Files\\ClaudeCode";
  return "/etc/claude-code";
}

/**
 * The files in which hooks may stand, whether they exist or not. Shared settings come only from the folder that the
 * client started in; the local file lies at the root of its repository, and still counts in the folder itself.
 */
export function layersFor(project: string, homes: HookHomes): readonly Layer[] {
  const root = repositoryOf(project, homes.user);
  const locals = [...new Set([root, project])].map((folder) => join(folder, ".claude", "settings.local.json"));
  const layers: readonly Layer[] = [
    ...managedFiles(homes.managed).map((file): Layer => ({ name: "managed", file, project: false })),
    ...locals.map((file): Layer => ({ name: "local", file, project: true })),
    { name: "project", file: join(project, ".claude", "settings.json"), project: true },
    { name: "user", file: join(homes.claude, "settings.json"), project: false },
    { name: "plus-project", file: join(project, ".codexplus", "settings.json"), project: true },
    { name: "plus-user", file: join(homes.plus, "settings.json"), project: false },
  ];
  // Who works in the home folder itself has one file for both, and has written it himself.
  const own = new Set(layers.filter((layer) => !layer.project).map(({ file }) => file));
  return layers.filter((layer) => !layer.project || !own.has(layer.file));
}

/** The folders whose files may be hooks themselves; see `modules/scan.ts`. */
export function hookFolders(
  project: string,
  homes: HookHomes,
): readonly { readonly folder: string; readonly layer: Handler["layer"]; readonly project: boolean }[] {
  const own = [
    { folder: join(homes.claude, "hooks"), layer: "user", project: false },
    { folder: join(homes.plus, "hooks"), layer: "plus-user", project: false },
  ] as const;
  const theirs = [
    { folder: join(project, ".claude", "hooks"), layer: "project", project: true },
    { folder: join(project, ".codexplus", "hooks"), layer: "plus-project", project: true },
  ] as const;
  return [...theirs.filter(({ folder }) => own.every((one) => one.folder !== folder)), ...own];
}

function managedFiles(folder: string): readonly string[] {
  const more = join(folder, "managed-settings.d");
  const parts = existsSync(more) ? readdirSync(more).filter((name) => name.endsWith(".json")) : [];
  return [join(folder, "managed-settings.json"), ...parts.toSorted().map((name) => join(more, name))];
}

/** The root of the repository that a folder lies in; the folder itself outside of one, or where that is the home folder. */
function repositoryOf(project: string, user: string): string {
  for (let folder = project; folder !== user; folder = dirname(folder)) {
    if (existsSync(join(folder, ".git"))) return folder;
    if (dirname(folder) === folder) break;
  }
  return project;
}
