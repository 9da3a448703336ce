/** A request body that is pushed by us and pulled by impit. */

export interface Upload {
  readonly stream: ReadableStream<Uint8Array>;
  /** False asks to wait for `drained`. */
  write(chunk: Buffer): boolean;
  end(): void;
  /** Breaks the request off, so that it cannot pass for whole. */
  abort(): void;
}

/** Bytes held for impit before the writer is asked to wait. */
const HELD_BYTES = 256 * 1024;

/** @param drained called when the stream takes more, after `write` answered false */
export function createUpload(drained: () => void): Upload {
  let open = true;
  let full = false;
  let source: ReadableStreamDefaultController<Uint8Array> | undefined;
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        source = controller;
      },
      pull() {
        if (!full) return;
        full = false;
        drained();
      },
      // The response came early: the rest of the body is dropped quietly.
      cancel() {
        open = false;
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: HELD_BYTES }),
  );
  return {
    stream,
    write(chunk) {
      if (!open || source === undefined) return true;
      source.enqueue(chunk);
      full = (source.desiredSize ?? 0) <= 0;
      return !full;
    },
    end() {
      if (!open) return;
      open = false;
      source?.close();
    },
    abort() {
      if (!open) return;
      open = false;
      source?.error(new Error("the request was given up"));
    },
  };
}
