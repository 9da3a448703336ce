/** Text that comes in pieces, line by line, with a limit: whoever floods us is told of instead of held in memory. */
import type { Readable } from "node:stream";

/** @param most bytes of one line; behind a longer one nothing more is read and `tooLong` is called */
export function eachLine(source: Readable, most: number, line: (text: string) => void, tooLong: () => void): void {
  let held: Buffer[] = [];
  let size = 0;
  let over = false;
  source.on("data", (bytes: Buffer) => {
    if (over) return;
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      held.push(bytes.subarray(start, end));
      line(Buffer.concat(held).toString("utf8"));
      held = [];
      size = 0;
      start = end + 1;
    }
    if (start === bytes.length) return;
    held.push(bytes.subarray(start));
    size += bytes.length - start;
    if (size <= most) return;
    over = true;
    held = [];
    tooLong();
  });
}
