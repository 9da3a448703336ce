/** The folders that commands are looked for in, the one that wins first. */
import { realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** The homes of the programs whose commands we read, and the person's own. */
export interface Homes {
  /** CODEX_PLUS_HOME. */
  readonly plus: string;
  /** `~/.claude`, or CLAUDE_CONFIG_DIR. */
  readonly claude: string;
  /** CODEX_HOME. */
  readonly codex: string;
  readonly user: string;
}

export interface Root {
  readonly folder: string;
  /** `.claude/commands`, as people know it. */
  readonly place: string;
  readonly skills: boolean;
  /** The project that it belongs to; undefined at home. */
  readonly project?: string;
}

/** Families by rank. Within one, home comes before project and near before far, as in Claude Code. */
const FAMILIES: readonly { readonly home: keyof Homes; readonly dot: string; readonly sub: string }[] = [
  { home: "plus", dot: ".codexplus", sub: "commands" },
  { home: "claude", dot: ".claude", sub: "skills" },
  { home: "claude", dot: ".claude", sub: "commands" },
  { home: "codex", dot: ".codex", sub: "commands" },
];

/** All folders for a start directory, in the order in which they win. Each real folder stands in it once. */
export async function rootsFor(cwd: string, homes: Homes): Promise<Root[]> {
  const { folders, project } = await ladder(cwd, homes.user);
  const wanted = FAMILIES.flatMap(({ home, dot, sub }): Root[] => {
    const place = `${dot}/${sub}`;
    const skills = sub === "skills";
    return [
      { folder: join(homes[home], sub), place: `~/${place}`, skills },
      ...folders.map((folder) => ({ folder: join(folder, dot, sub), place, skills, project })),
    ];
  });
  const real = await Promise.all(wanted.map(({ folder }) => realpath(folder).catch(() => undefined)));
  return wanted.filter((_, index) => real[index] !== undefined && real.indexOf(real[index]) === index);
}

/** The repository that a folder lies in, or the folder itself. */
export async function projectOf(cwd: string, user: string): Promise<string> {
  return (await ladder(cwd, user)).project;
}

/**
 * The start directory and those above it, up to the repository's root. Outside a repository Claude Code climbs as far
 * as it can; so do we, but never into a folder of somebody else, who could lay commands there.
 */
async function ladder(cwd: string, user: string): Promise<{ folders: string[]; project: string }> {
  const climbed: string[] = [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    climbed.push(folder);
    if (await exists(join(folder, ".git"))) return { folders: climbed, project: folder };
    if (dirname(folder) === folder) break;
  }
  const owners = await Promise.all(climbed.map((folder) => ownerOf(folder)));
  const me = process.getuid?.();
  const end = climbed.findIndex((folder, index) => index > 0 && (folder === user || owners[index] !== me));
  return { folders: end === -1 ? climbed : climbed.slice(0, end), project: cwd };
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function ownerOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ uid }) => uid,
    () => undefined,
  );
}
