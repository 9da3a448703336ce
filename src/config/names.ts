/** Which settings can be given outside `config.json`: by an environment variable, by a flag. */

interface Name {
  /** The path in `config.json`. */
  readonly setting: string;
  readonly flag: keyof Flags;
  readonly variable?: string;
  /** Text to value; the schema judges the result. */
  readonly read?: (text: string) => unknown;
}

/** What commander makes of our flags. */
export interface Flags {
  readonly port?: string | number | undefined;
  readonly host?: string | undefined;
  readonly allowRemote?: boolean | undefined;
  readonly upstream?: string | undefined;
  readonly transport?: string | undefined;
  readonly log?: string | undefined;
}

/** "3000" is 3000; anything else stays text, for the schema to refuse with the words it was given in. */
const number = (text: string): unknown => (/^\d+$/.test(text) ? Number(text) : text);

const NAMES: readonly Name[] = [
  { setting: "server.port", variable: "CODEX_PLUS_PORT", flag: "port", read: number },
  { setting: "server.host", variable: "CODEX_PLUS_HOST", flag: "host" },
  { setting: "server.allowRemote", flag: "allowRemote" },
  { setting: "upstream", variable: "CODEX_PLUS_UPSTREAM", flag: "upstream" },
  { setting: "transport", variable: "CODEX_PLUS_TRANSPORT", flag: "transport" },
  { setting: "log.level", variable: "CODEX_PLUS_LOG", flag: "log" },
];

/** A value and what gave it: "default", a variable, a flag, or file and line. */
export interface Origin {
  readonly value: unknown;
  readonly from: string;
}

/** One setting as a layer gives it. */
export interface Given {
  readonly setting: string;
  readonly value: unknown;
  /** The variable or flag, as a person would type it. */
  readonly from: string;
}

/** What the environment sets. An empty variable counts as unset. */
export function fromEnvironment(environment: NodeJS.ProcessEnv): Given[] {
  return NAMES.flatMap(({ setting, variable, read }) => {
    const text = variable === undefined ? undefined : environment[variable];
    if (variable === undefined || text === undefined || text === "") return [];
    return [{ setting, value: read ? read(text) : text, from: variable }];
  });
}

/** What the command line sets. */
export function fromFlags(flags: Flags): Given[] {
  return NAMES.flatMap(({ setting, flag, read }) => {
    const value = flags[flag];
    if (value === undefined) return [];
    const from = `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return [{ setting, value: read && typeof value === "string" ? read(value) : value, from }];
  });
}
