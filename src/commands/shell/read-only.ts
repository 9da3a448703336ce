/** Commands that only read: allowed in a command file without a rule, as Claude Code allows them. A short list, on purpose. */
import { resolve } from "node:path";
import { isInside } from "../../lib/inside.ts";

/** What a listed command may be given. */
interface Row {
  /** Its arguments are files: they must lie in the folder. */
  readonly files?: true;
  /** Arguments that make it write or run something. */
  readonly never?: RegExp;
  /** At least so many arguments that are no options. */
  readonly least?: number;
  /** At most so many arguments that are no options; a further one would be written to. */
  readonly most?: number;
}

const FILES: Row = { files: true };

const TABLE: Readonly<Record<string, Row>> = {
  ...Object.fromEntries(
    "echo printf pwd whoami uname true false id nproc arch uptime seq basename dirname expr test [ which sleep"
      .split(" ")
      .map((name) => [name, {}]),
  ),
  ...Object.fromEntries(
    "cat head tail wc ls nl stat du cmp comm cut column diff grep egrep fgrep realpath readlink md5sum sha1sum sha256sum tac rev paste"
      .split(" ")
      .map((name) => [name, FILES]),
  ),
  printf: { never: /^-v/ },
  test: { never: /^-v$/ },
  "[": { never: /^-v$/ },
  tr: {},
  // Without a folder it would go home, with `-` wherever the proxy was started from.
  cd: { files: true, never: /^-/, least: 1, most: 1 },
  ps: { most: 0, never: /^-/ },
  hostname: { most: 0, never: /^-/ },
  date: { never: /^(?:-\w*[sfr]|--(?:s|f|re)|\d)/ },
  file: { files: true, never: /^(?:-\w*[Cmf]|--(?:c|m|f))/ },
  // Its language can print the environment.
  jq: { files: true, never: /\benv\b|\$ENV|\b(?:import|include|input_filename)\b|^-\w*L/ },
  rg: { files: true, never: /^--(?:pre|hostname-bin|search-zip)|^-\w*z/ },
  sort: { files: true, never: /^(?:-\w*[oT]|--(?:o|c|t|f))/ },
  uniq: { files: true, most: 1 },
  tree: { files: true, never: /^(?:-\w*[oR]|--output)/ },
  find: { files: true, never: /^-(?:exec|execdir|ok|okdir|delete|fprint0?|fprintf|fls|files0-from)$/ },
};

/** Programs that are asked for their version in command files. */
const VERSIONED =
  /^(?:node|npm|pnpm|yarn|bun|deno|python3?|pip3?|ruby|go|cargo|rustc|java|php|git|gh|docker|make|gcc|clang|bash)$/;

/** Git's reading subcommands; with an expression, the only arguments that leave them so. */
const GIT: Readonly<Record<string, RegExp | undefined>> = {
  ...Object.fromEntries(
    "status rev-parse ls-files ls-tree rev-list merge-base cat-file describe shortlog log diff show blame"
      .split(" ")
      .map((name) => [name, undefined]),
  ),
  branch: /^(?:-[avr]+|--(?:all|remotes|verbose|show-current|list|merged|no-merged|sort=\S+|format=\S+))$/,
  remote: /^(?:-v|--verbose)$/,
  tag: /^(?:-l|--list|-n\d*)$/,
};

/**
 * Options that make some git command write a file, run a program, or read one elsewhere. Git takes any unmistakable
 * beginning of a long option, so beginnings are refused.
 */
const GIT_NEVER = /^(?:-o$|-O|--o(?!neline$)|--ext|--exe|--textc|--upl|--filt|--ba|--no-i|--con)/;

/** What is asked: a simple command whose words are all known before it runs. */
export interface Simple {
  readonly name: string;
  readonly args: readonly string[];
}

/** Undefined when the command only reads, inside the folder; else why it is not known to, "" for no more than that. */
export function whyNotReadOnly({ name, args }: Simple, cwd: string, home: string): string | undefined {
  if (args.length === 1 && args[0] === "--version" && VERSIONED.test(name)) return undefined;
  if (name === "git") return gitReads(args) ? undefined : "";
  // What xargs gets on its input is not known: only what does no more than print it.
  if (name === "xargs") return /^(?:echo|basename|dirname)$/.test(args[0] ?? "") ? undefined : "";
  if (name === "sed") return sedReads(args) ? outside(name, args.slice(2), cwd, home) : "";
  const row = Object.hasOwn(TABLE, name) ? TABLE[name] : undefined;
  if (row === undefined) return "";
  const { never } = row;
  if (never && args.some((arg) => never.test(arg))) return "";
  const plain = args.filter((arg) => !arg.startsWith("-")).length;
  if (plain < (row.least ?? 0) || plain > (row.most ?? plain)) return "";
  return row.files ? outside(name, args, cwd, home) : undefined;
}

/** `sed -n 3p file`, and nothing cleverer: its language can write files and run programs. */
function sedReads([option, script]: readonly string[]): boolean {
  return option === "-n" && /^\d+(?:,(?:\d+|\$))?p$/.test(script ?? "");
}

function gitReads(args: readonly string[]): boolean {
  const [subcommand = "", ...rest] = args[0] === "--no-pager" ? args.slice(1) : args;
  if (!Object.hasOwn(GIT, subcommand) || rest.some((arg) => GIT_NEVER.test(arg))) return false;
  const only = GIT[subcommand];
  return only === undefined || rest.every((arg) => only.test(arg));
}

function outside(name: string, args: readonly string[], cwd: string, home: string): string | undefined {
  const found = args.flatMap((arg) => {
    // The value of `--option=value` may be a file as well, and so may what stands right behind a short option.
    const path = arg.replace(/^--[\w-]+=/, "").replace(/^~(?=\/|$)/, home);
    if (path.startsWith("-")) return path.includes("/") ? [path] : [];
    if (path.startsWith("~")) return [path];
    const place = resolve(cwd, path);
    return isInside(place, cwd) || place === "/dev/null" ? [] : [place];
  });
  if (found[0] === undefined) return undefined;
  return `${name} in '${found[0]}' was blocked. Without a rule, only files in the working directory may be read: '${cwd}'.`;
}
