/** How a verb ends: exit codes (listed in docs/cli.md) and the way errors are told. */
import { wantsStacks } from "../config/environment.ts";
import { type CodexPlusError, toCodexPlusError } from "../errors.ts";
import { plain } from "./terminal/text.ts";

export const EXIT = {
  ok: 0,
  /** Something failed, or a check of `doctor` did. */
  failed: 1,
  /** A wrong flag, verb or setting; or a question that nobody was there to answer. */
  usage: 2,
  /** The port belongs to somebody else. */
  portTaken: 3,
  /** No Codex-Plus answers where one was asked for. */
  notRunning: 4,
  /** `codex` is not on PATH; the shell's own code for that. */
  noCodex: 127,
} as const;

/** A verb's wish to end with this code, after it has said why. */
export class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** One line for what happened, one for what to do about it. What a server, say, has said may stand in it. */
export function tell(error: CodexPlusError): string {
  return plain(`codex-plus: ${error.message}\n${error.row.advice}`);
}

/** Prints an error to standard error (with its stack and causes under CODEX_PLUS_LOG=debug) and answers its exit code. */
export function report(thrown: unknown): number {
  if (thrown instanceof Exit) return thrown.code;
  const error = toCodexPlusError(thrown);
  console.error(tell(error));
  if (wantsStacks()) console.error(thrown);
  if (error.code === "CP_CONFIG_INVALID" || error.code === "CP_USAGE") return EXIT.usage;
  return error.code === "CP_PORT_TAKEN" ? EXIT.portTaken : EXIT.failed;
}
