/**
 * Finding commands. Every look reads the folders anew (readdir and stat: a few milliseconds for a hundred files) and
 * parses only files that changed, so nothing has to be watched and no change is ever missed.
 */
import type { BigIntStats, Dirent } from "node:fs";
import { lstat, open, readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, extname, join, relative } from "node:path";
import { isInside } from "../lib/inside.ts";
import type { Command, Kind, Problem } from "./command.ts";
import { type Head, readHead } from "./front-matter.ts";
import { type Homes, type Root, rootsFor } from "./places.ts";

/** What there is for one start directory. */
export interface Catalog {
  /** By name; aliases stand behind all names. */
  readonly commands: ReadonlyMap<string, Command>;
  readonly problems: readonly Problem[];
  readonly roots: readonly Root[];
}

const DEEPEST = 8;
const MOST_FILES = 2000;
const LARGEST = 1024 ** 2;
/** Within this time of a change a second one can leave no trace in a file's times; then it is read again. In ns. */
const RACY = 50_000_000n;

export const INTERPRETERS: Readonly<Record<string, string>> = {
  ".py": "python3",
  ".sh": "bash",
  ".bash": "bash",
  ".zsh": "zsh",
  ".rb": "ruby",
  ".pl": "perl",
};
const RANKS: readonly Kind[] = ["markdown", "module", "executable"];
const MODULES = [".ts", ".mts", ".js", ".mjs"];

export class Discovery {
  readonly #homes: Homes;
  /** Heads of Markdown files, by path and by what stat says of them. */
  readonly #heads = new Map<string, { readonly stamp: string; readonly head: Head }>();

  constructor(homes: Homes) {
    this.#homes = homes;
  }

  /** All commands for a start directory, found now. */
  async look(cwd: string): Promise<Catalog> {
    const roots = await rootsFor(cwd, this.#homes);
    const commands = new Map<string, Command>();
    const problems: Problem[] = [];
    for (const root of roots) {
      const found = await this.#inRoot(root, problems);
      for (const command of found) if (!commands.has(command.name)) commands.set(command.name, command);
    }
    for (const command of [...commands.values()]) {
      if (command.alias !== undefined && !commands.has(command.alias)) commands.set(command.alias, command);
    }
    return { commands, problems, roots };
  }

  async #inRoot(root: Root, problems: Problem[]): Promise<Command[]> {
    const files = root.skills ? await skillFiles(root.folder) : await commandFiles(root.folder);
    if (files.length > MOST_FILES) {
      problems.push({ file: root.folder, line: 1, message: `only the first ${MOST_FILES} files are read` });
    }
    const project = root.project && (await realpath(root.project));
    const rootLinked = (await realpath(root.folder)) !== root.folder;
    const made = await Promise.all(
      files.slice(0, MOST_FILES).map(async ({ path, linked }) => {
        try {
          const strayed = project !== undefined && (linked || rootLinked) && !isInside(await realpath(path), project);
          return await this.#command(path, root, strayed, problems);
        } catch (error) {
          problems.push({ file: path, line: 1, message: `it cannot be read: ${(error as Error).message}` });
          return undefined;
        }
      }),
    );
    // In one folder Markdown comes before code of the same name: the code is most likely what the Markdown runs.
    const rank = ({ kind }: Command): number => RANKS.indexOf(kind);
    return made.filter((one) => one !== undefined).toSorted((one, other) => rank(one) - rank(other));
  }

  async #command(file: string, root: Root, strayed: boolean, problems: Problem[]): Promise<Command | undefined> {
    const info = await stat(file, { bigint: true });
    if (!info.isFile()) return undefined;
    const kind = await kindOf(file, info);
    if (kind === undefined) return undefined;
    const skill = basename(file) === "SKILL.md";
    const name = nameOf(file, root, skill);
    if (/\s/.test(name)) {
      problems.push({ file, line: 1, message: "a name with white space cannot be typed: rename the file" });
      return undefined;
    }
    const head: Head = kind === "markdown" ? await this.#head(file, info) : EMPTY;
    if (head.problem) problems.push({ file, ...head.problem });
    const { matter } = head;
    return {
      name,
      ...(skill && matter.name !== undefined && matter.name !== name && { alias: matter.name }),
      kind,
      skill,
      file,
      root: root.folder,
      ...(root.project !== undefined && { project: root.project }),
      strayed,
      place: root.place,
      matter,
      description: matter.description ?? firstLine(head.body),
    };
  }

  async #head(file: string, info: BigIntStats): Promise<Head> {
    if (info.size > LARGEST) return { ...EMPTY, problem: { line: 1, message: "it is larger than 1 MiB" } };
    const stamp = [info.dev, info.ino, info.size, info.mtimeNs, info.ctimeNs].join(":");
    const known = this.#heads.get(file);
    if (known?.stamp === stamp) return known.head;
    const head = readHead(await readFile(file, "utf8"));
    const settled = BigInt(Date.now()) * 1_000_000n - info.ctimeNs > RACY;
    if (settled) this.#heads.set(file, { stamp, head });
    return head;
  }
}

const EMPTY: Head = readHead("");

/** A file's part of the name: its path below the folder, folders parted by colons. */
function nameOf(file: string, root: Root, skill: boolean): string {
  const path = relative(root.folder, file).split("/");
  if (skill) path.pop();
  const last = path.pop() ?? "";
  return [...path, skill ? last : last.slice(0, last.length - extname(last).length) || last].join(":");
}

function firstLine(body: string): string {
  const line = body.split("\n").find((one) => one.trim() !== "") ?? "";
  return line
    .replace(/^#+\s*/, "")
    .trim()
    .slice(0, 200);
}

/** A file, and whether a link stands anywhere on the way to it from its commands folder. */
interface Found {
  readonly path: string;
  readonly linked: boolean;
}

/** `NAME/SKILL.md`, one folder deep. */
async function skillFiles(folder: string): Promise<Found[]> {
  const found = await Promise.all(
    (await list(folder)).map(async (entry) => {
      const path = join(folder, entry.name, "SKILL.md");
      const info = await lstat(path).catch(() => undefined);
      return info === undefined ? [] : [{ path, linked: entry.isSymbolicLink() || info.isSymbolicLink() }];
    }),
  );
  return found.flat();
}

/** All files below a folder, links followed; a folder that holds a SKILL.md is that skill and nothing else. */
async function commandFiles(folder: string, above: readonly string[] = [], linked = false): Promise<Found[]> {
  const here = await realpath(folder).catch(() => undefined);
  if (here === undefined || above.includes(here) || above.length > DEEPEST) return [];
  const entries = await list(folder);
  const skill = entries.find((entry) => entry.name === "SKILL.md");
  const read = skill && above.length > 0 ? [skill] : entries;
  const found = await Promise.all(
    read.map(async (entry) => {
      const path = join(folder, entry.name);
      const isLink = entry.isSymbolicLink();
      const target = isLink ? await stat(path).catch(() => undefined) : entry;
      if (target?.isFile()) return [{ path, linked: linked || isLink }];
      if (!target?.isDirectory() || entry.name === "node_modules") return [];
      return commandFiles(path, [...above, here], linked || isLink);
    }),
  );
  return found.flat();
}

async function list(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

async function kindOf(file: string, info: BigIntStats): Promise<Kind | undefined> {
  const extension = extname(file);
  if (extension === ".md") return "markdown";
  if (/^[._]/.test(basename(file)) || /\.(?:test|spec|d)\.\w+$/.test(file)) return undefined;
  if (MODULES.includes(extension)) return "module";
  if (INTERPRETERS[extension] !== undefined) return "executable";
  return (info.mode & 0o111n) !== 0n && (await isProgram(file)) ? "executable" : undefined;
}

/** True for a script with its interpreter in the first line and for a compiled program. */
export async function isProgram(file: string): Promise<boolean> {
  const opened = await open(file, "r");
  try {
    const { buffer } = await opened.read(Buffer.alloc(4), 0, 4, 0);
    return /^(?:#!|\x7fELF|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe)/.test(buffer.toString("latin1"));
  } finally {
    await opened.close();
  }
}
