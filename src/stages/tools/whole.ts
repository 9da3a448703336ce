/** Answers that are not streamed: one JSON body, taken for the stream that it stands for, and made one body again. */
import { type Frame, makeFrame, readFrame, TERMINAL } from "../../protocol/frame.ts";
import type { Item, RequestBody } from "../../protocol/request.ts";
import type { Turn } from "../../turn.ts";
import { type GateOptions, gate } from "./gate.ts";
import { itemOf } from "./queue.ts";

/** Whether a client has asked for its answer in one piece. */
export function isWhole({ head, request }: Turn): boolean {
  return head.wire === "sse" && request.field("stream") !== true;
}

/** @param sent what `source` answers */
export async function* gateWhole(
  turn: Turn,
  source: AsyncIterable<Frame>,
  sent: RequestBody,
  options: GateOptions,
): AsyncGenerator<Frame> {
  const pieces: Frame[] = [];
  for await (const piece of source) pieces.push(piece);
  const response = responseIn(pieces);
  if (response === undefined) {
    yield* pieces;
    return;
  }
  const further: Turn = {
    ...turn,
    leg: async (body) => {
      const reply = await turn.leg(body);
      const answer: Frame[] = [];
      for await (const piece of reply.frames) answer.push(piece);
      const next = responseIn(answer);
      return { ...reply, status: next === undefined ? 502 : reply.status, frames: streamed(next ?? response) };
    },
  };
  const frames = streamed(response);
  const output: Item[] = [];
  let shown: Frame | undefined;
  for await (const frame of gate(further, frames, sent, options)) {
    const item = frame.type === "response.output_item.done" ? itemOf(frame.json()) : undefined;
    if (item !== undefined) output.push(item);
    if (TERMINAL.has(frame.type)) shown = frame;
  }
  const end = shown?.json()?.response as Response | undefined;
  const same = end === response && output.every((item, index) => item === response.output[index]);
  if (same || end === undefined) yield* pieces;
  else yield readFrame(Buffer.from(JSON.stringify({ ...end, output })), () => undefined);
}

interface Response {
  readonly output: readonly Item[];
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
  for (const [output_index, item] of response.output.entries()) {
    yield makeFrame("sse", { type: "response.output_item.done", output_index, item });
  }
  const incomplete = "status" in response && response.status === "incomplete";
  yield makeFrame("sse", { type: incomplete ? "response.incomplete" : "response.completed", response });
}
