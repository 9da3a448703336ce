/**
 * The layers of the settings, lowest first: defaults, `config.json` of CODEX_PLUS_HOME, environment, flags.
 * A project's own `.codexplus/config.json` is not read: that needs a list of trusted folders first.
 */
import { z } from "zod";
import { CodexPlusError } from "../errors.ts";
import { isLoopback } from "../lib/loopback.ts";
import { nearestName } from "../lib/nearest.ts";
import { environmentOrigins, readEnvironment } from "./environment.ts";
import { readSettingsFile, type SettingsFile } from "./file.ts";
import { type Flags, fromEnvironment, fromFlags, type Given, type Origin } from "./names.ts";
import { pathsOf } from "./paths.ts";
import { withoutLogin } from "./redact.ts";
import { type Config, type Settings, settingsSchema } from "./schema.ts";

export interface Loaded {
  readonly config: Config;
  /** Every setting by its dotted path, in the order of the schema, then `environment.…`; unset ones hold undefined. */
  readonly origins: ReadonlyMap<string, Origin>;
}

/**
 * Reads all layers and checks them.
 * @throws CodexPlusError CP_CONFIG_INVALID naming the source, the setting and what is allowed
 */
export function loadConfig(
  from: { readonly flags?: Flags; readonly environment?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Loaded {
  const { flags = {}, environment: variables = process.env, cwd = process.cwd() } = from;
  const environment = readEnvironment(variables, cwd);
  const file = readSettingsFile(pathsOf(environment.home).config);
  const written = parse(file?.value ?? {}, (path) => (file ? fileSource(file, path) : ""));

  const given = new Map([...fromEnvironment(variables), ...fromFlags(flags)].map((one) => [one.setting, one]));
  const settings = parse(overlay(written, given.values()), (path) => given.get(path.join("."))?.from ?? "settings");
  const origins = new Map<string, Origin>();
  for (const path of settingPaths(settingsSchema)) {
    const name = path.join(".");
    const inFile = file !== undefined && at(file.value, path) !== undefined;
    const source = given.get(name)?.from ?? (inFile ? fileSource(file, path) : "default");
    origins.set(name, { value: at(settings, path), from: source });
  }
  for (const [name, origin] of environmentOrigins(environment, variables)) origins.set(name, origin);
  refuseOpenDoor(settings, origins);
  return { config: { ...settings, environment }, origins };
}

function parse(value: unknown, source: (path: readonly PropertyKey[]) => string): Settings {
  const result = settingsSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (!issue) throw new TypeError("a failed parse has an issue");
  if (issue.code === "unrecognized_keys") {
    const path = [...issue.path, issue.keys[0] ?? ""];
    const section = settingPaths(settingsSchema).filter((known) => issue.path.every((part, at) => known[at] === part));
    const names = [...new Set(section.map((known) => known[issue.path.length] ?? ""))];
    const near = nearestName(String(path.at(-1)), names);
    const hint = near === undefined ? `known here: ${names.join(", ")}` : `did you mean ${near}?`;
    throw new CodexPlusError("CP_CONFIG_INVALID", `${source(path)}: there is no setting ${path.join(".")}; ${hint}`);
  }
  const allowed = issue.message.replace(/^(Invalid (input|option)|Too (big|small)): |, received .*$/g, "");
  const found = at(value, issue.path);
  const got = JSON.stringify(typeof found === "string" ? withoutLogin(found) : found) ?? "nothing";
  const name = issue.path.join(".") || "the file";
  throw new CodexPlusError("CP_CONFIG_INVALID", `${source(issue.path)}: ${name} ${allowed}, got ${got}`);
}

/** A copy of the settings with these on top. */
function overlay(settings: Settings, given: Iterable<Given>): unknown {
  const top: Record<string, unknown> = structuredClone(settings) as Record<string, unknown>;
  for (const { setting, value } of given) {
    const [section, key] = setting.split(".");
    if (section === undefined) continue;
    if (key === undefined) top[section] = value;
    else (top[section] as Record<string, unknown>)[key] = value;
  }
  return top;
}

/** An address that others can reach has to be asked for twice. */
function refuseOpenDoor({ server }: Settings, origins: Loaded["origins"]): void {
  if (server.allowRemote || isLoopback(server.host)) return;
  const source = origins.get("server.host")?.from ?? "settings";
  throw new CodexPlusError(
    "CP_CONFIG_INVALID",
    `${source}: server.host ${server.host} can be reached from other machines; add --allow-remote (or server.allowRemote) if that is meant`,
  );
}

const fileSource = (file: SettingsFile, path: readonly PropertyKey[]) => `${file.path} line ${file.line(path)}`;

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

/** The path of every setting of a schema; sections are walked, lists and values are leaves. */
function settingPaths(schema: unknown): string[][] {
  const section = schema instanceof z.ZodPrefault ? schema.unwrap() : schema;
  if (!(section instanceof z.ZodObject)) return [[]];
  return Object.entries(section.shape).flatMap(([key, inner]) => settingPaths(inner).map((rest) => [key, ...rest]));
}
