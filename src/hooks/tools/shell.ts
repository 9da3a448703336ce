/** Shell text in the forms in which Codex has it. */

const SHELL = /(?:^|\/)(?:bash|sh|zsh|dash)$/;
const RUN = /^-[a-z]*c$/;
const PLAIN = /^[\w@%+=:,./-]+$/;

/** A word as a shell reads it back. */
export function quoted(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The text that a list of words runs: the script of `bash -lc SCRIPT`, or the words themselves. */
export function argvOf(argv: readonly string[]): string {
  return isScript(argv) ? (argv[2] ?? "") : argv.map(quoted).join(" ");
}

/** The same list with another text to run. */
export function shellArgv(argv: readonly string[], command: string): readonly string[] {
  return isScript(argv) ? [argv[0] ?? "", argv[1] ?? "", command] : ["bash", "-lc", command];
}

function isScript(argv: readonly string[]): boolean {
  return argv.length === 3 && SHELL.test(argv[0] ?? "") && RUN.test(argv[1] ?? "");
}

/** A patch that is given to `apply_patch` as a heredoc, with the text around it. */
export function heredocOf(
  command: string,
): { readonly before: string; readonly patch: string; readonly behind: string } | undefined {
  const match =
    /^(\s*(?:cd\s+\S+\s*&&\s*)?(?:apply_patch|applypatch)\s*<<-?\s*(['"]?)(\w+)\2[^\n]*\n)([\s\S]*?)(\n\3\s*)$/.exec(
      command,
    );
  if (match === null) return undefined;
  const [, before = "", , , patch = "", behind = ""] = match;
  return { before, patch, behind };
}
