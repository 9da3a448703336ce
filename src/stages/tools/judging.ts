/** The events of an answer as they may be passed on, each call when it has been judged. */
import type { Frame } from "../../protocol/frame.ts";
import type { Held } from "./held.ts";
import { type Gate, Queue } from "./queue.ts";

type Came = { readonly read: IteratorResult<Frame> } | { readonly error: unknown } | undefined;

/** Reads on while a call is judged. What goes wrong upstream is thrown behind what had come before it. */
export async function* judging(frames: AsyncIterator<Frame>, gate: Gate): AsyncGenerator<Frame | Held> {
  const queue = new Queue(gate);
  const read = (): Promise<Came> =>
    frames.next().then(
      (result) => ({ read: result }),
      (error: unknown) => ({ error }),
    );
  let reading: Promise<Came> | undefined = read();
  let failure: { readonly error: unknown } | undefined;
  for (;;) {
    yield* queue.ready();
    const { judging } = queue;
    if (reading === undefined && judging === undefined) break;
    const came: Came = await Promise.race(
      [reading, judging?.then(() => undefined)].filter((each) => each !== undefined),
    );
    if (came === undefined) continue;
    if ("error" in came || came.read.done) {
      failure = "error" in came ? came : undefined;
      reading = undefined;
      queue.end();
      continue;
    }
    const passed = queue.take(came.read.value);
    if (passed !== undefined) yield passed;
    reading = read();
  }
  if (failure !== undefined) throw failure.error;
}
