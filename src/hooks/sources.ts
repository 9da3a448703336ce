/** Where the hooks of a folder come from, and what of it is in force. */
import type { Handler, HookSet, Problem } from "./hook.ts";
import type { HookModules } from "./modules/index.ts";
import { digestOfFolder } from "./modules/scan.ts";
import type { Fences } from "./run/http.ts";
import { settingsFiles } from "./settings/files.ts";
import { type HookHomes, hookFolders, type Layer, layersFor } from "./settings/layers.ts";
import { type HookFile, NO_HOOKS } from "./settings/parse.ts";
import { type AskTrust, digestOf } from "./trust.ts";

/** A file with hooks, or with what decides how they run. */
interface Source {
  readonly layer: Layer;
  readonly file: HookFile;
  /** The hooks folder that it lies in, where it is a hook itself. */
  readonly folder?: string;
}

/** All that holds in a folder. */
export interface InForce extends HookSet {
  /** What the settings add to the handlers' environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly fences: Fences;
}

export class Sources {
  readonly #homes: HookHomes;
  readonly #modules: HookModules;
  readonly #trust: AskTrust;
  readonly #read = settingsFiles();
  readonly #seen = new Map<string, readonly Source[]>();

  constructor(homes: HookHomes, modules: HookModules, trust: AskTrust) {
    this.#homes = homes;
    this.#modules = modules;
    this.#trust = trust;
  }

  /** All handlers there are for a folder, trusted or not. Costs a look at a few files. */
  known(project: string): readonly Handler[] {
    const all = this.#all(project);
    // Whether a project's own switch counts is a question of trust, and asked later.
    return enabled(all, all.filter(isOwn)).flatMap(({ file }) => file.handlers);
  }

  /**
   * What is trusted, and what is not. A project's switches and variables count when its hooks are trusted: they are part
   * of what is trusted. @throws Error when the list of what is trusted cannot be read
   */
  async of(project: string): Promise<InForce> {
    const all = this.#all(project);
    const beside = JSON.stringify(all.filter(({ layer }) => layer.project).map(surroundings));
    const trusted = new Set<Source>();
    const untrusted: HookSet["untrusted"][number][] = [];
    const unknown: Problem[] = [];
    for (const source of all) {
      const { layer, file, folder } = source;
      if (!layer.project || file.handlers.length === 0) continue;
      let digest: string;
      try {
        digest = folder === undefined ? digestOf(file.handlers, project, beside) : digestOfFolder(folder, layer.file);
      } catch (error) {
        const what = `it cannot be trusted, so none of its hooks runs: ${(error as Error).message}`;
        unknown.push({ file: layer.file, what, guards: true });
        continue;
      }
      const trust = await this.#trust(layer.file, digest);
      if (trust === "trusted") trusted.add(source);
      else untrusted.push({ file: layer.file, digest, changed: trust === "changed", handlers: file.handlers });
    }
    const whole = trusted.size > 0 && untrusted.length === 0 && unknown.length === 0;
    const counts = ({ layer }: Source): boolean => !layer.project || whole;
    const inForce = enabled(
      all.filter((source) => counts(source) || trusted.has(source)),
      all.filter(counts),
    );
    const settings = inForce.filter(counts).map(({ file }) => file);
    return {
      handlers: inForce.flatMap(({ file }) => file.handlers),
      problems: [...all.flatMap(({ file }): readonly Problem[] => file.problems), ...unknown],
      // Nobody needs to trust what the person has switched off.
      untrusted: enabled(all, all.filter(isOwn)).length < all.length ? [] : untrusted,
      // The layer that wins comes first, so it is laid on last.
      env: Object.assign({}, ...settings.toReversed().map(({ env }) => env)) as Record<string, string>,
      fences: {
        urls: together(settings.map(({ allowedHttpHookUrls }) => allowedHttpHookUrls)),
        variables: together(settings.map(({ httpHookAllowedEnvVars }) => httpHookAllowedEnvVars)),
      },
    };
  }

  /** Several stages ask one after the other: what was found is kept for as long as nothing else can happen. */
  #all(project: string): readonly Source[] {
    const known = this.#seen.get(project);
    if (known !== undefined) return known;
    if (this.#seen.size === 0) queueMicrotask(() => this.#seen.clear());
    const found = this.#look(project);
    this.#seen.set(project, found);
    return found;
  }

  #look(project: string): readonly Source[] {
    const found = layersFor(project, this.#homes).flatMap((layer): Source[] => {
      const kept = this.#read(layer);
      return kept === undefined ? [] : [{ layer, file: kept.file }];
    });
    for (const { folder, layer, project: own } of hookFolders(project, this.#homes)) {
      for (const { file, handlers } of this.#modules.find([{ folder, layer }])) {
        found.push({ layer: { name: layer, file, project: own }, file: { ...NO_HOOKS, handlers }, folder });
      }
    }
    return found;
  }
}

/** Of the person's, or of an administrator's. */
function isOwn({ layer }: Source): boolean {
  return !layer.project;
}

/**
 * What the switches leave: the highest layer that sets `disableAllHooks` decides, and only an administrator switches
 * off an administrator's hooks.
 * @param deciding those whose switches count, highest first
 */
function enabled(sources: readonly Source[], deciding: readonly Source[]): readonly Source[] {
  const isManaged = ({ layer }: Source): boolean => layer.name === "managed";
  const off = (some: readonly Source[]): boolean =>
    some.find(({ file }) => file.disableAllHooks !== undefined)?.file.disableAllHooks === true;
  const managed = deciding.filter(isManaged);
  if (off(managed)) return [];
  const fenced = off(deciding) || managed.some(({ file }) => file.allowManagedHooksOnly);
  return fenced ? sources.filter(isManaged) : sources;
}

/** What a file says beside its handlers. */
function surroundings({ layer, file }: Source): readonly unknown[] {
  const { env, disableAllHooks, allowedHttpHookUrls, httpHookAllowedEnvVars } = file;
  return [layer.file, env, disableAllHooks, allowedHttpHookUrls, httpHookAllowedEnvVars];
}

function together(lists: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  const given = lists.filter((list) => list !== undefined);
  return given.length === 0 ? undefined : given.flat();
}
