/** The lines of a file of any size, plain or packed with zstd, one at a time. */
import { createReadStream } from "node:fs";
import { createZstdDecompress } from "node:zlib";

/** How much is read at once, in bytes. */
const PIECE = 256 * 1024;
/** No line of a conversation is longer; what is, is not held in memory. */
const LONGEST = 128 * 1024 * 1024;
const NEWLINE = 10;

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its end; undefined where it is too long to be read. */
  readonly text: string | undefined;
}

/**
 * @param path a `.zst` is unpacked on the way
 * @param read told of each piece how many bytes of the file it was
 * @throws NodeJS.ErrnoException what cannot be read or unpacked
 */
export async function* linesOf(path: string, read: (bytes: number) => void = () => undefined): AsyncGenerator<Line> {
  let number = 0;
  let pieces: Buffer[] = [];
  let length = 0;
  const line = (last: Buffer): Line => {
    number += 1;
    const whole = length === 0 ? last : Buffer.concat([...pieces, last]);
    const text = length > LONGEST ? undefined : whole.toString("utf8");
    pieces = [];
    length = 0;
    return { number, text };
  };
  for await (const piece of bytesOf(path, read)) {
    let from = 0;
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, from)) {
      yield line(piece.subarray(from, end));
      from = end + 1;
    }
    length += piece.length - from;
    if (length > LONGEST) pieces = [];
    else if (from < piece.length) pieces.push(piece.subarray(from));
  }
  if (length > 0) yield line(Buffer.alloc(0));
}

async function* bytesOf(path: string, read: (bytes: number) => void): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: PIECE });
  file.on("data", (piece) => read(piece.length));
  if (!path.endsWith(".zst")) {
    yield* file;
    return;
  }
  const unpacked = createZstdDecompress({ chunkSize: PIECE });
  file.on("error", (error) => unpacked.destroy(error));
  try {
    yield* file.pipe(unpacked);
  } finally {
    file.destroy();
  }
}
