/** The one logger: JSON lines by pino, with everything that could carry a secret cut out by name. */
import { writeSync } from "node:fs";
import { type DestinationStream, destination, type Logger, pino } from "pino";

export type { Logger } from "pino";

/** Field names that are never written, wherever they stand in a logged object. */
const SECRET = [
  "authorization",
  "cookie",
  "set-cookie",
  "chatgpt-account-id",
  "token",
  "access_token",
  "headers",
  "body",
];

/** Most that waits to be written, in bytes; a disk that is slower than that loses lines, and no memory. */
const MOST_WAITING = 16 * 1024 ** 2;
const STANDARD_ERROR = 2;

/**
 * The logger. A log that can no longer be written is given up, which is said once on standard error; nothing else stops.
 * @param level pino's level names, or "silent"
 * @param to a file path, or a stream; standard error by default, so that standard output stays data
 */
export function createLogger(level: string, to?: string | DestinationStream): Logger {
  const out = typeof to === "object" ? to : open(to);
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: told },
      redact: { paths: SECRET.flatMap((name) => [`["${name}"]`, `*["${name}"]`]), censor: "[secret]" },
    },
    out,
  );
}

function open(file: string | undefined): DestinationStream {
  const out = destination({
    dest: file ?? STANDARD_ERROR,
    sync: false,
    mkdir: true,
    mode: 0o600,
    maxLength: MOST_WAITING,
    ...(file === undefined ? {} : { append: true }),
  });
  let lost = false;
  // Again and again: pino tells the same error twice.
  out.on("error", (error: Error) => {
    if (lost) return;
    lost = true;
    // It keeps what it could not write, tries that again with every line, and, when the process ends, without end.
    const nothing = (): boolean => true;
    Object.assign(out, { write: nothing, end: nothing, flush: nothing, flushSync: nothing, destroy: nothing });
    if (file !== undefined) say(`codex-plus: nothing more is logged to ${file}: ${error.message}\n`);
  });
  return out;
}

function say(text: string): void {
  try {
    writeSync(STANDARD_ERROR, text);
  } catch {
    // Nobody listens there either.
  }
}

/** An error as the log shows it. A JSON parser's message quotes what it could not read, which may be somebody's text. */
function told(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name, message, stack = "" } = error;
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  return {
    type: name,
    message: error instanceof SyntaxError ? "what was to be read is not valid" : message,
    stack: frames,
  };
}
