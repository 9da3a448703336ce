/** The one logger: JSON lines by pino, with everything that could carry a secret cut out by name. */
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

/**
 * @param level pino's level names, or "silent"
 * @param to a file path, or a stream; standard error by default, so that standard output stays data
 */
export function createLogger(level: string, to?: string | DestinationStream): Logger {
  const out =
    typeof to === "object"
      ? to
      : destination({
          dest: to ?? 2,
          sync: false,
          mkdir: true,
          mode: 0o600,
          ...(to === undefined ? {} : { append: true }),
        });
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET.flatMap((name) => [`["${name}"]`, `*["${name}"]`]), censor: "[secret]" },
    },
    out,
  );
}
