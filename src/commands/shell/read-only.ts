/** Commands that only read: allowed in a command file without a rule, as Claude Code allows them. A short list, on purpose. */
import { resolve } from "node:path";
import { isInside } from "../inside.ts";

/** What a listed command may be given. */
interface Row {
  /** Its arguments are files: they must lie in the folder. */
  readonly files?: true;
  /** Arguments that make it write or run something. */
  readonly never?: RegExp;
  /** At most so many arguments that are no options; a further one would be written to. */
  readonly most?: number;
}

const FILES: Row = { files: true };

const TABLE: Readonly<Record<string, Row>> = {
  ...Object.fromEntries(
    "echo printf pwd whoami uname true false id nproc arch uptime seq basename dirname expr test [ ps which sleep"
      .split(" ")
      .map((name) => [name, {}]),
  ),
  ...Object.fromEntries(
    "cat head tail wc ls nl stat file du cmp comm cut column diff grep egrep fgrep realpath readlink md5sum sha1sum sha256sum tac rev paste jq"
      .split(" ")
      .map((name) => [name, FILES]),
  ),
  printf: { never: /^-v/ },
  test: { never: /^-v$/ },
  "[": { never: /^-v$/ },
  tr: {},
  date: { never: /^(?:-s|--set|-f|--file|-r|--reference|\d)/ },
  hostname: { most: 0, never: /^-/ },
  cd: { files: true, most: 1 },
  rg: { files: true, never: /^--(?:pre|hostname-bin|search-zip)|^-\w*z/ },
  sort: { files: true, never: /^(?:-\w*[oT]|--(?:output|compress-program|temporary-directory|files0-from))/ },
  uniq: { files: true, most: 1 },
  tree: { files: true, never: /^(?:-o|--output|-R)/ },
  find: { files: true, never: /^-(?:exec|execdir|ok|okdir|delete|fprint0?|fprintf|fls|files0-from)$/ },
};

/** Git's reading subcommands, and what turns some of them into writing ones. */
const GIT: Readonly<Record<string, RegExp | undefined>> = {
  ...Object.fromEntries(
    "status rev-parse ls-files ls-tree rev-list merge-base cat-file describe shortlog"
      .split(" ")
      .map((name) => [name, undefined]),
  ),
  ...Object.fromEntries("log diff show blame".split(" ").map((name) => [name, undefined])),
  branch:
    /^(?:-[a-z]*[dDmMcCfut]|--(?:delete|move|copy|force|edit-description|set-upstream|unset-upstream|track))|^[^-]/,
  remote: /^(?!-v$|--verbose$|show$|get-url$)/,
  tag: /^(?!-l$|--list$|-n)/,
};

/** Options that make any git command write a file or run a program. */
const GIT_NEVER =
  /^(?:--output|-o$|-O|--ext-diff|--textconv|--open-files-in-pager|--exec|--upload-pack|--filters|--batch|--no-index)/;

/** What is asked: a simple command whose words are all known before it runs. */
export interface Simple {
  readonly name: string;
  readonly args: readonly string[];
}

/** Undefined when the command only reads, inside the folder; else why it is not known to, "" for no more than that. */
export function whyNotReadOnly({ name, args }: Simple, cwd: string, home: string): string | undefined {
  if (args.length === 1 && /^--version$/.test(args[0] ?? "")) return undefined;
  if (name === "git") return gitReads(args) ? undefined : "";
  if (name === "xargs") {
    const [inner, ...rest] = args;
    const reads = inner !== undefined && /^(?:echo|wc|cat|head|tail|grep|ls|basename|dirname)$/.test(inner);
    return reads && rest.every((arg) => !arg.startsWith("/") && !arg.includes("..")) ? undefined : "";
  }
  if (name === "sed") return sedReads(args) ? outside(name, args.slice(2), cwd, home) : "";
  const row = Object.hasOwn(TABLE, name) ? TABLE[name] : undefined;
  if (row === undefined) return "";
  const { never } = row;
  if (never && args.some((arg) => never.test(arg))) return "";
  if (row.most !== undefined && args.filter((arg) => !arg.startsWith("-")).length > row.most) return "";
  return row.files ? outside(name, args, cwd, home) : undefined;
}

/** `sed -n 3p file`, and nothing cleverer: its language can write files and run programs. */
function sedReads([option, script]: readonly string[]): boolean {
  return option === "-n" && /^\d+(?:,(?:\d+|\$))?p$/.test(script ?? "");
}

function gitReads(args: readonly string[]): boolean {
  const [subcommand = "", ...rest] = args[0] === "--no-pager" ? args.slice(1) : args;
  if (!Object.hasOwn(GIT, subcommand) || rest.some((arg) => GIT_NEVER.test(arg))) return false;
  const never = GIT[subcommand];
  if (subcommand === "remote" && rest.length > 2) return false;
  return never === undefined || !rest.some((arg, index) => never.test(arg) && !(subcommand === "remote" && index > 0));
}

function outside(name: string, args: readonly string[], cwd: string, home: string): string | undefined {
  const found = args.flatMap((arg) => {
    // The value of `--option=value` and of `-ovalue` may be a file as well.
    const path = arg.replace(/^--?[\w-]+=/, "").replace(/^~(?=\/|$)/, home);
    if (path.startsWith("-") && !path.includes("/")) return [];
    const place = resolve(cwd, path.replace(/^-\w/, ""));
    return isInside(place, cwd) || place === "/dev/null" ? [] : [place];
  });
  if (found[0] === undefined) return undefined;
  return `${name} in '${found[0]}' was blocked. Without a rule, only files in the working directory may be read: '${cwd}'.`;
}
