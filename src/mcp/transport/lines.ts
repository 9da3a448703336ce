/** Messages of a server's standard output, each on a line. What is none is let fall, and bounded. */
import type { Readable } from "node:stream";

/** One message; pictures stand in them. */
const LONGEST = 64 * 1024 ** 2;
/** Between two messages. Some programs greet on standard output, and a few log there; one that only floods is ended. */
const MOST_BETWEEN = 16 * 1024 ** 2;
const BRACE = 0x7b;
const NEWLINE = 0x0a;

/**
 * @param line told of every line that may be a message: it begins with `{`
 * @param flooded told once, with what was wrong; nothing more is read then
 */
export function messageLines(source: Readable, line: (text: string) => boolean, flooded: (why: string) => void): void {
  let held: Buffer[] = [];
  let size = 0;
  let between = 0;
  const stop = (why: string) => {
    source.removeListener("data", read);
    source.resume();
    held = [];
    flooded(why);
  };
  const read = (bytes: Buffer) => {
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const from = start;
      start = end + 1;
      const first = held[0]?.[0] ?? bytes[from];
      const isMessage = first === BRACE && line(Buffer.concat([...held, bytes.subarray(from, end)]).toString("utf8"));
      between = isMessage ? 0 : between + size + start - from;
      if (size === 0) continue;
      held = [];
      size = 0;
    }
    if (start < bytes.length) held.push(bytes.subarray(start));
    size += bytes.length - start;
    if (size > LONGEST) stop("it printed a message of more than 64 MiB");
    else if (between + (held[0]?.[0] === BRACE ? 0 : size) > MOST_BETWEEN) {
      stop("it floods its standard output with what is no message");
    }
  };
  source.on("data", read);
  source.on("error", () => undefined);
}
