/** The files of hooks folders that are hooks themselves; read again only where the folder or a file has changed. */
import { createHash } from "node:crypto";
import { type BigIntStats, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { type AnyEvent, EVENTS, type Handler, WIRE_EVENTS } from "../hook.ts";
import { readPython } from "./python.ts";

/** A hooks folder, and whose it is. */
export interface HookFolder {
  readonly folder: string;
  readonly layer: Handler["layer"];
}

/** One hook file. */
export interface HookModule {
  readonly file: string;
  /** What changes when it does, or what lies beside it. */
  readonly stamp: string;
  readonly handlers: readonly Handler[];
}

const ALL: readonly AnyEvent[] = [...EVENTS, ...WIRE_EVENTS];
const MODULES = new Set([".ts", ".mts", ".js", ".mjs"]);
const MOST_BYTES = 1024 * 1024;
const MOST_FILES = 200;

export type ScanFolder = (folder: HookFolder) => readonly HookModule[];

export function hookScan(): ScanFolder {
  const kept = new Map<string, { readonly stamp: string; readonly found: readonly HookModule[] }>();
  return (folder) => {
    const files = filesOf(folder.folder);
    if (files.length === 0) return [];
    const stamp = files.map(({ path, stamp }) => `${path} ${stamp}`).join("\n");
    const known = kept.get(folder.folder);
    if (known?.stamp === stamp) return known.found;
    const found = files.flatMap(({ path }) => moduleAt(path, stamp, folder.layer));
    kept.set(folder.folder, { stamp, found });
    return found;
  };
}

/**
 * All that lies in the folder, by content: a hook may load what lies beside it. Of large files only size and time of
 * change are looked at. @throws Error when it cannot be read, or holds what cannot be looked through
 */
export function digestOfFolder(folder: string, file: string): string {
  const hash = createHash("sha256").update(file);
  for (const path of pathsIn(folder)) {
    const stat = statOf(path);
    if (stat?.isDirectory() && lstatSync(path).isSymbolicLink()) throw new Error(`${path} is a link to a folder`);
    if (!stat?.isFile()) continue;
    hash.update(`\n${path}\n`).update(stat.size <= MOST_BYTES ? readFileSync(path) : `${stat.size} ${stat.mtimeNs}`);
  }
  return hash.digest("hex");
}

function filesOf(folder: string): readonly { readonly path: string; readonly stamp: string }[] {
  const files = pathsIn(folder).slice(0, MOST_FILES);
  return files.flatMap((path) => {
    const stat = statOf(path);
    return stat?.isFile() && stat.size <= MOST_BYTES
      ? [{ path, stamp: `${stat.ino} ${stat.size} ${stat.mtimeNs}` }]
      : [];
  });
}

function pathsIn(folder: string): readonly string[] {
  if (statOf(folder)?.isDirectory() !== true) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => !/(^|[/\\])(node_modules|__pycache__)([/\\]|$)/.test(name))
    .toSorted()
    .map((name) => join(folder, name));
}

/** Undefined for what is not there, and for what nobody could open: a link to itself. */
function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false, bigint: true });
  } catch {
    return undefined;
  }
}

function moduleAt(file: string, stamp: string, layer: Handler["layer"]): HookModule[] {
  const kind = extname(file);
  if (kind !== ".py" && !MODULES.has(kind)) return [];
  const text = textOf(file);
  if (text === undefined) return [];
  const handlers = kind === ".py" ? pythonHandlers(file, text, layer) : moduleHandlers(file, text, layer);
  return handlers.length === 0 ? [] : [{ file, stamp, handlers }];
}

/** Undefined for what cannot be read: a project's file must not keep other hooks from running. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function pythonHandlers(file: string, text: string, layer: Handler["layer"]): Handler[] {
  const hook = readPython(text);
  if (hook === undefined) return [];
  const { event, priority } = hook;
  return [
    {
      event,
      matcher: undefined,
      kind: "process",
      name: file,
      file,
      layer,
      timeoutMs: undefined,
      options: { priority },
    },
  ];
}

/**
 * The events that a module listens to, its matcher, priority and time limit, read from its text: to load it would be to
 * run it, which has to wait for trust.
 */
function moduleHandlers(file: string, text: string, layer: Handler["layer"]): Handler[] {
  if (!/\bdefineHook\s*\(/.test(text)) return [];
  const matcher = /\bmatcher\s*:\s*(["'`])(.*?)\1/.exec(text)?.[2];
  const priority = numberOf(text, "priority");
  const streamEvents = /\bstreamEvents\s*:\s*\[([^[\]]*)\]/.exec(text)?.[1];
  const wanted =
    streamEvents === undefined
      ? undefined
      : [...streamEvents.matchAll(/["'`](.+?)["'`]/g)].map(([, type]) => type ?? "");
  return ALL.filter((event) => new RegExp(`\\b${event}\\s*[(:]`).test(text)).map((event) => ({
    event,
    matcher,
    kind: "module",
    name: file,
    file,
    layer,
    timeoutMs: numberOf(text, "timeout"),
    options: { priority, streamEvents: wanted },
  }));
}

function numberOf(text: string, field: string): number | undefined {
  const found = new RegExp(`\\b${field}\\s*:\\s*(-?[\\d_.]+)`).exec(text)?.[1];
  return found === undefined ? undefined : Number(found.replaceAll("_", ""));
}
