/** Which settings can be given outside `config.json`: by an environment variable, by a flag. */
import { LONGEST_MS } from "./schema.ts";

interface Name {
  /** The path in `config.json`. */
  readonly setting: string;
  readonly flag?: keyof Flags;
  readonly variable?: string;
  /** Text to value, which the schema judges; undefined where it says nothing. */
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

/** Claude Code's variables are not written for us: what we cannot use is as good as unset. */
const atLeast =
  (least: number) =>
  (text: string): unknown =>
    /^\d{1,15}$/.test(text) && Number(text) >= least ? Math.min(Number(text), LONGEST_MS) : undefined;

const NAMES: readonly Name[] = [
  { setting: "server.port", variable: "CODEX_PLUS_PORT", flag: "port", read: number },
  { setting: "server.host", variable: "CODEX_PLUS_HOST", flag: "host" },
  { setting: "server.allowRemote", flag: "allowRemote" },
  { setting: "upstream", variable: "CODEX_PLUS_UPSTREAM", flag: "upstream" },
  { setting: "transport", variable: "CODEX_PLUS_TRANSPORT", flag: "transport" },
  { setting: "log.level", variable: "CODEX_PLUS_LOG", flag: "log" },
  { setting: "mcp.outputTokens", variable: "MAX_MCP_OUTPUT_TOKENS", read: atLeast(100) },
  { setting: "mcp.startMs", variable: "MCP_TIMEOUT", read: atLeast(100) },
  { setting: "mcp.callMs", variable: "MCP_TOOL_TIMEOUT", read: atLeast(1000) },
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
    const value = read ? read(text) : text;
    return value === undefined ? [] : [{ setting, value, from: variable }];
  });
}

/** What the command line sets. */
export function fromFlags(flags: Flags): Given[] {
  return NAMES.flatMap(({ setting, flag, read }) => {
    const value = flag && flags[flag];
    if (flag === undefined || value === undefined) return [];
    const from = `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return [{ setting, value: read && typeof value === "string" ? read(value) : value, from }];
  });
}
