/**
 * The program that Codex runs for each of its hook events: it hands standard input to the running proxy and prints the
 * answer. A person approves its path once; what stands in it is written anew by each version.
 *
 * It runs at every tool call, so its start is what counts. Median of 100 whole calls on one busy machine, where bash alone
 * starts in 1.5 ms: bash with its own /dev/tcp 4 ms, sh with curl 33 ms, perl 56 ms, node 135 ms. So: bash where there is
 * one, and node (`cli/hook.ts`) where there is not, where the proxy does not answer, and on Windows.
 */
import { access, chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { DEFAULT_DOOR, DOOR_VARIABLE } from "./door.ts";
import { pathsOf } from "./paths.ts";

export interface HookProgram {
  readonly home: string;
  /** The absolute path of a node, and that of `cli/hook.ts`. */
  readonly node: string;
  readonly client: string;
  /** What becomes of calls when nobody can be asked, not even by node. */
  readonly whenDown: "allow" | "deny";
}

const BASHES = ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash", "/opt/homebrew/bin/bash"];

/** Writes the program unless it stands there already. */
export async function installHookProgram(program: HookProgram, platform = process.platform): Promise<void> {
  const file = pathsOf(program.home).hookProgram;
  const text = platform === "win32" ? windows(program) : posix(program, await firstOf(BASHES));
  if ((await readFile(file, "utf8").catch(() => undefined)) === text) return;
  const draft = `${file}.${process.pid}`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(draft, text, { mode: 0o700 });
  await chmod(draft, 0o700);
  await rename(draft, file);
}

async function firstOf(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
}

/** @param bash its path; undefined for a system that has none */
export function posix(program: HookProgram, bash: string | undefined): string {
  return bash === undefined
    ? `#!/bin/sh\n${NOTE}${slow(program)}`
    : `#!${bash}\n${NOTE}${fast(program)}${slow(program)}`;
}

const NOTE =
  "# Written by codex-plus. Codex runs it for its hook events: it asks the proxy what the person's hooks say.\n";

/**
 * Connects before it reads, so that standard input is still whole for node where nobody listens. HTTP/1.0: no chunks.
 * `$(</dev/stdin)` reads in blocks and starts nothing, but opens no socket; `read` would take a byte at a time.
 */
function fast({ home }: HookProgram): string {
  return `ask() {
  read -r host port token <${quoted(pathsOf(home).doors)}/"\${${DOOR_VARIABLE}:-${DEFAULT_DOOR}}" || return
  exec 3<>"/dev/tcp/$host/$port" || return
  body=$(</dev/stdin) || body=$(cat)
  LC_ALL=C
  printf 'POST /_plus/hook HTTP/1.0\\r\\nhost: 127.0.0.1\\r\\nx-codex-plus-token: %s\\r\\ncontent-type: application/json\\r\\ncontent-length: %d\\r\\n\\r\\n%s' "$token" "\${#body}" "$body" >&3
  read -r _ status _ <&3 && [ "$status" = 200 ] || return
  while IFS= read -r line <&3 && [ "$line" != $'\\r' ]; do :; done
  IFS= read -r -d '' answer <&3
  printf '%s' "$answer"
}
trap '' PIPE
if ask 2>/dev/null; then exit 0; fi
if [ -n "$body" ]; then exec 0<<<"$body"; fi
`;
}

function slow({ home, node, client, whenDown }: HookProgram): string {
  const refusal =
    whenDown === "deny"
      ? `echo 'Codex-Plus is not running, and its settings deny tool calls then (hooks.whenDown).' >&2\nexit 2\n`
      : "";
  return `node=${quoted(node)}
[ -x "$node" ] || node=node
"$node" ${quoted(client)} ${quoted(home)} ${whenDown} && exit 0
${refusal}exit 0
`;
}

function windows({ home, node, client, whenDown }: HookProgram): string {
  return `@echo off\r\n"${node}" "${client}" "${home}" ${whenDown}\r\n${whenDown === "deny" ? "if errorlevel 1 exit /b 2\r\n" : "exit /b 0\r\n"}`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
