/** What SQLite and the file system say went wrong, told as an error of ours. */
import { CodexPlusError } from "../../errors.ts";

/** Result codes: https://sqlite.org/rescode.html */
const BUSY = 5;
const CORRUPT = 11;
const NOTADB = 26;
/** CONSTRAINT, MISMATCH, MISUSE, RANGE: what was to be written is wrong, and the file is as good as before. */
const OURS: ReadonlySet<number> = new Set([19, 20, 21, 25]);

/** Whether the file is no database, or no longer a whole one. */
export function isBroken(error: unknown): boolean {
  const code = resultCode(error instanceof CodexPlusError ? error.cause : error);
  return code === CORRUPT || code === NOTADB;
}

/** Whether somebody else has what it takes. */
export function isBusy(error: unknown): boolean {
  return resultCode(error) === BUSY;
}

/**
 * @throws CodexPlusError CP_FILE_UNUSABLE where `act` fails for the file's sake: what it was to do can be tried again
 *   later. Mistakes of our own are thrown as they are.
 */
export function onFile<R>(path: string, act: () => R): R {
  try {
    return act();
  } catch (cause) {
    if (cause instanceof CodexPlusError || !isOfFile(cause)) throw cause;
    throw new CodexPlusError("CP_FILE_UNUSABLE", `${path}: ${cause.message}`, { cause });
  }
}

function isOfFile(error: unknown): error is Error {
  const code = resultCode(error);
  return code === undefined ? error instanceof Error && "syscall" in error : !OURS.has(code);
}

/** SQLite's result code without its extension; undefined for other errors. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return undefined;
  return error.errcode & 0xff;
}
