/** A server as it is shown: what it runs or where it is, without what may be a secret in it. */
import { withoutLogin } from "../../config/redact.ts";
import { isObject } from "../../lib/is-object.ts";
import { SECRET, secretIn } from "../../mcp/mask.ts";
import type { ServerConfig } from "../../mcp/mcp.ts";
import { configOf } from "../../mcp/sources/parse.ts";
import { oneLine } from "../terminal/text.ts";

const HIDDEN = "***";
/** A variable is no secret; what stands in for it may be one. */
const VARIABLE = /\$\{([^}:]+)(?::-[^}]*)?\}/g;
const SCHEME = /^(?:bearer|basic|token)\s+/i;

type Shown = Readonly<Record<string, unknown>>;

/** The command line or the address, in one line. @param written as its file has it */
export function what(written: Shown): string {
  const { command, args, url } = written;
  if (typeof url === "string" && !isProgram(written)) return oneLine(address(url));
  const words = Array.isArray(args) ? args.map(String) : [];
  return oneLine([String(command), ...safeArgs(words)].join(" "));
}

/** A definition may have both a command and an address: only one of them counts. */
function isProgram(written: Shown): boolean {
  const config = configOf(written);
  return typeof config !== "string" && config.type === "stdio";
}

/**
 * All that a definition makes happen, whole: for whoever is to judge it. It stands in a project's file, for everybody who
 * works there, and names variables instead of what is in them.
 * @param config what will be used of the definition, and no other field of it; variables not put in
 */
export function deed({ type, command, args, env, url, headers, headersHelper }: ServerConfig): string {
  const pairs = (values: Readonly<Record<string, string>>, between: string): string =>
    Object.entries(values)
      .map(([name, value]) => `${name}${between}${value}`)
      .join(" ");
  const [set, sent] = [pairs(env, "="), pairs(headers, ": ")];
  const parts =
    type === "stdio"
      ? [`runs ${[command, ...args].join(" ")}`, set === "" ? "" : `with ${set}`]
      : [`reaches ${url}`, sent === "" ? "" : `with ${sent}`];
  const helper = headersHelper === undefined ? "" : `and runs ${headersHelper}`;
  return oneLine([...parts, helper].filter(Boolean).join(" "));
}

/**
 * The definition with every value of its environment and headers hidden, but for variables, and what has the name of a
 * secret in any other place.
 */
export function masked(written: Shown): Record<string, unknown> {
  const parts = Object.entries(written).map(([name, value]): [string, unknown] => {
    if ((name === "env" || name === "headers") && isObject(value)) return [name, hiddenValues(value)];
    if (name === "args" && Array.isArray(value)) return [name, safeArgs(value.map(String))];
    if (isObject(value)) return [name, masked(value)];
    if (typeof value !== "string") return [name, value];
    if (name === "url" || value.includes("://")) return [name, address(value)];
    return [name, SECRET.test(name) ? hidden(value) : value];
  });
  return Object.fromEntries(parts);
}

function hiddenValues(values: Shown): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, hidden(String(value))]));
}

/** `Bearer ${TOKEN}` as it stands, any other value hidden. */
function hidden(value: string): string {
  const scheme = SCHEME.exec(value)?.[0] ?? "";
  const bare = value.slice(scheme.length).replaceAll(VARIABLE, "");
  return bare === "" && value !== "" ? value.replaceAll(VARIABLE, withoutDefault) : scheme + HIDDEN;
}

function withoutDefault(whole: string, name: string): string {
  return whole.includes(":-") ? `\${${name}:-${HIDDEN}}` : whole;
}

/** Without login and parameters; also where variables make it none that can be taken apart. */
function address(url: string): string {
  const [place = "", query] = withoutLogin(url).split("?", 2);
  return query === undefined ? place : `${place}?${HIDDEN}`;
}

/** What follows a flag, or a name, that sounds like a secret is hidden. */
function safeArgs(args: readonly string[]): string[] {
  return args.map((arg, index) => {
    const secret = secretIn(arg, args[index - 1]);
    if (secret !== undefined) return arg.slice(0, arg.length - secret.length) + hidden(secret);
    return arg.includes("://") ? address(arg) : arg;
  });
}
