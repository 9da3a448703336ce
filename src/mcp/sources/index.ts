/** All servers that are written down for a project: which one counts, what is in it, and what holds it back. */
import { shellWord } from "../../lib/shell-word.ts";
import type { Held, Server, ServerProblem, ServerSet } from "../mcp.ts";
import { type Approvals, approvalsOf } from "./approvals.ts";
import { digestOfFile, digestOfServer } from "./digest.ts";
import { expand } from "./expand.ts";
import { jsonFiles, valueAt } from "./files.ts";
import { freeKey } from "./names.ts";
import { type Definition, type Mistake, NOTHING, parseServers } from "./parse.ts";
import { isOfProject, type Place, PROJECT_FILE, placesOf, SERVERS, type ServerHomes } from "./places.ts";

/** What the list of trusted files says: this content, another content, or nothing. */
export type Trust = "trusted" | "changed" | "unknown";

export interface SourceOptions {
  readonly homes: ServerHomes;
  /** What `${VAR}` stands for. */
  readonly env: NodeJS.ProcessEnv;
  /** Names of servers that are never started, `*` for any characters. */
  readonly deny: readonly string[];
  /** Asked with a file and the fingerprint of its servers. */
  readonly trust: (file: string, digest: string) => Promise<Trust>;
}

/** A file of the project's own with servers in it. */
export interface ProjectFile {
  readonly file: string;
  /** What it is trusted by. */
  readonly digest: string;
  readonly trust: Trust;
  readonly definitions: readonly Definition[];
}

/** A server as it stands in its file, and where that is. */
export interface Written extends Definition {
  readonly place: Place;
}

/** What a place has, read. */
interface Found {
  readonly place: Place;
  readonly definitions: readonly Definition[];
  readonly mistakes: readonly Mistake[];
}

export class ServerSources {
  readonly #options: SourceOptions;
  readonly #read = jsonFiles();

  constructor(options: SourceOptions) {
    this.#options = options;
  }

  /** Whether anything names a server for this project, held back or not. A look at a few files. */
  any(project: string): boolean {
    return this.#look(project).some(({ definitions }) => definitions.length > 0);
  }

  /** Never throws: where it cannot be told what is trusted, a project's servers are held. */
  async set(project: string): Promise<ServerSet> {
    const { homes, env } = this.#options;
    const found = this.#look(project);
    const holds = await this.#holds(found, project);
    const approvals = approvalsOf(project, homes, this.#read);
    const variables = { ...env, CLAUDE_PROJECT_DIR: project };
    const keys = new Set<string>();
    const servers = counting(found).map((one): Server => {
      const { name, place, config } = one;
      return {
        name,
        key: freeKey(name, keys),
        scope: place.scope,
        file: place.file,
        project,
        ...expand(config, variables),
        digest: digestOfServer(one, project),
        held: this.#forbidden(name, place, approvals) ?? holds(place),
      };
    });
    return { servers, problems: problemsOf(found) };
  }

  /** All usable definitions there are for a project, by their places; of a name that stands in several the first counts. */
  written(project: string): readonly Written[] {
    return this.#look(project).flatMap(({ place, definitions }) => definitions.map((one) => ({ ...one, place })));
  }

  /** All names that something stands under, usable or not; one may come several times. */
  names(project: string): readonly string[] {
    return this.#look(project).flatMap(({ definitions, mistakes }) =>
      [...definitions, ...mistakes].map(({ name }) => name),
    );
  }

  /** Where something stands under a name, usable or not. */
  where(project: string, name: string): readonly Place[] {
    const found = this.#look(project).filter(({ definitions, mistakes }) => {
      return [...definitions, ...mistakes].some((one) => one.name === name);
    });
    return found.map(({ place }) => place);
  }

  /** The project's own files with servers, for whoever is to trust them. @throws CodexPlusError CP_FILE_UNUSABLE */
  async files(project: string): Promise<readonly ProjectFile[]> {
    return this.#trusted(this.#look(project));
  }

  /** What holds the servers of a place back for want of trust. */
  async #holds(found: readonly Found[], project: string): Promise<(place: Place) => Held | undefined> {
    try {
      const files = new Map((await this.#trusted(found)).map((file) => [file.file, file]));
      return ({ file }) => untrusted(files.get(file), project);
    } catch (error) {
      const text = `it cannot be told whether it is trusted: ${(error as Error).message}`;
      return (place) => (isOfProject(place) ? { why: "untrusted", text } : undefined);
    }
  }

  #look(project: string): readonly Found[] {
    return placesOf(project, this.#options.homes).flatMap((place): Found[] => {
      const file = this.#read(place.file);
      if (file === undefined) return [];
      if ("wrong" in file) return [{ place, definitions: [], mistakes: [{ name: "", message: file.wrong }] }];
      const servers = valueAt(file, place.path);
      if (servers === undefined && place.file.endsWith(PROJECT_FILE)) {
        return [{ place, definitions: [], mistakes: [{ name: "", message: `it has no ${SERVERS}` }] }];
      }
      return [{ place, ...(servers === undefined ? NOTHING : parseServers(servers)) }];
    });
  }

  async #trusted(found: readonly Found[]): Promise<readonly ProjectFile[]> {
    const files = found.filter(({ place, definitions }) => isOfProject(place) && definitions.length > 0);
    return Promise.all(
      files.map(async ({ place: { file }, definitions }) => {
        const digest = digestOfFile(definitions);
        return { file, digest, trust: await this.#options.trust(file, digest), definitions };
      }),
    );
  }

  #forbidden(name: string, { scope }: Place, approvals: Approvals): Held | undefined {
    const pattern = this.#options.deny.find((one) => matches(one, name));
    if (pattern !== undefined) return { why: "disabled", text: `the setting mcp.deny has ${pattern}` };
    const no = scope === "project" ? approvals.holds(name) : undefined;
    if (no === undefined) return undefined;
    const list = no.how === "rejected" ? "is in disabledMcpjsonServers" : "is not in enabledMcpjsonServers";
    return { why: "disabled", text: `it ${list} of ${no.file}` };
  }
}

/** Of those that share a name the first. */
function counting(found: readonly Found[]): Written[] {
  const first = new Map<string, Written>();
  for (const { place, definitions } of found) {
    for (const one of definitions) if (!first.has(one.name)) first.set(one.name, { ...one, place });
  }
  return [...first.values()];
}

function untrusted(file: ProjectFile | undefined, project: string): Held | undefined {
  if (file === undefined || file.trust === "trusted") return undefined;
  const why = file.trust === "changed" ? "changed" : "untrusted";
  const what = why === "changed" ? "has changed since it was trusted" : "is not trusted";
  return { why, text: `${file.file} ${what}: read it, and if you trust it: codex-plus trust ${shellWord(project)}` };
}

/** A broken file is told of once, however many places it has. */
function problemsOf(found: readonly Found[]): ServerProblem[] {
  const all = found.flatMap(({ place: { file }, mistakes }) =>
    mistakes.map(({ name, message }) => ({ name, file, message })),
  );
  return all.filter(({ name, file }, index) => {
    return name !== "" || all.findIndex((one) => one.name === "" && one.file === file) === index;
  });
}

/** `*` stands for any characters. */
function matches(pattern: string, name: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(name);
}
