/** Printing what may be long: through the person's pager in a terminal, and no faster than it is read. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Prints lines, in a terminal through $PAGER where that is set. That the reader leaves early (`| head`) is no error. */
export async function print(lines: Iterable<string>): Promise<void> {
  const pager = process.stdout.isTTY ? process.env.PAGER : undefined;
  if (pager === undefined || pager === "") return pour(lines, process.stdout);
  const env = { LESS: "FRX", ...process.env };
  const child = spawn(pager, { shell: true, stdio: ["pipe", "inherit", "inherit"], env });
  const ended = once(child, "close");
  await pour(lines, child.stdin);
  child.stdin.end();
  await ended;
}

function pour(lines: Iterable<string>, to: Writable): Promise<void> {
  return readerMayLeave(pipeline(Readable.from(ended(lines)), to, { end: false }));
}

/** Waits for something that writes to a reader who may leave early. */
export async function readerMayLeave(writing: Promise<void>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
}

function* ended(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}
