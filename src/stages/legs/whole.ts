/** Answers that are not streamed: one JSON body, taken for the stream that it stands for, and made one body again. */
import { type Frame, makeFrame, readFrame, TERMINAL } from "../../protocol/frame.ts";
import type { Item, RequestBody } from "../../protocol/request.ts";
import type { Turn } from "../../turn.ts";
import { isCall } from "./call.ts";
import { DONE, itemOf } from "./events.ts";

/** What a stage makes of a stream. @param sent what `source` answers */
export type Through = (turn: Turn, source: AsyncIterable<Frame>, sent: RequestBody) => AsyncIterable<Frame>;

/** Whether a client has asked for its answer in one piece. */
export function isWhole({ head, request }: Turn): boolean {
  return head.wire === "sse" && request.field("stream") !== true;
}

/** The same for answers in one piece. @param through what is made of the stream that such an answer stands for */
export function whole(through: Through): Through {
  return async function* pieces(turn, source, sent) {
    const came: Frame[] = [];
    for await (const piece of source) came.push(piece);
    const response = responseIn(came);
    if (response === undefined) {
      yield* came;
      return;
    }
    const further: Turn = { ...turn, leg: (body) => leg(turn, body) };
    const output: Item[] = [];
    let shown: Frame | undefined;
    for await (const frame of through(further, streamed(response), sent)) {
      const item = frame.type === DONE ? itemOf(frame.json()) : undefined;
      if (item !== undefined) output.push(item);
      if (TERMINAL.has(frame.type)) shown = frame;
    }
    const end = shown?.json()?.response as Response | undefined;
    const same = end === response && output.every((item, index) => item === response.output[index]);
    if (same || end === undefined) yield* came;
    else yield readFrame(Buffer.from(JSON.stringify({ ...response, ...end, output })), () => undefined);
  };
}

interface Response {
  readonly status?: string;
  readonly output: readonly Item[];
}

/** A further answer, which comes in one piece too; an error's body stays what it is. */
async function leg(turn: Turn, body: RequestBody) {
  const reply = await turn.leg(body);
  const came: Frame[] = [];
  for await (const piece of reply.frames) came.push(piece);
  const response = responseIn(came);
  const unread = reply.status === 200 && response === undefined;
  return { ...reply, status: unread ? 502 : reply.status, frames: response ? streamed(response) : again(came) };
}

/** Undefined for an error's body, and for what is no JSON. */
function responseIn(pieces: readonly Frame[]): Response | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.concat(pieces.map(({ raw }) => raw)).toString());
    const found = typeof value === "object" && value !== null && "output" in value && Array.isArray(value.output);
    return found ? (value as Response) : undefined;
  } catch {
    return undefined;
  }
}

async function* streamed(response: Response): AsyncGenerator<Frame> {
  const type = ENDS[response.status ?? ""] ?? "response.completed";
  for (const [output_index, item] of response.output.entries()) {
    // Of an answer that failed nothing is to be done.
    if (type !== "response.failed" || !isCall(item)) yield makeFrame("sse", { type: DONE, output_index, item });
  }
  yield makeFrame("sse", { type, response });
}

/** By the status of a response: how its stream would end. */
const ENDS: Readonly<Record<string, string>> = {
  incomplete: "response.incomplete",
  failed: "response.failed",
  cancelled: "response.failed",
};

async function* again(pieces: readonly Frame[]): AsyncGenerator<Frame> {
  yield* pieces;
}
