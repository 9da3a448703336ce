/** Ends that are not what upstream has said: of an answer that cannot be gone on from, and of one whose next leg failed. */
import { CodexPlusError, toCodexPlusError } from "../../errors.ts";
import { failureFrame } from "../../protocol/failure.ts";
import { type Frame, makeFrame } from "../../protocol/frame.ts";
import type { RequestBody } from "../../protocol/request.ts";
import { newId } from "../../protocol/say.ts";
import type { Continuity } from "../../sessions/continuity/index.ts";
import type { Reply, Turn } from "../../turn.ts";
import { responseOf } from "./events.ts";
import type { Leg } from "./leg.ts";

/**
 * An end behind which the client does not go on from what upstream has said, as calls are left open there. On WebSocket
 * it then sends all it knows.
 */
export function cutOff(turn: Turn, continuity: Continuity, end: Frame, { id, answers }: Leg): Frame {
  const { wire } = turn.head;
  const event = end.json();
  if (event === undefined) return end;
  let instead = "";
  if (wire === "sse") {
    if (turn.request.field("store") === false) return end;
    instead = `resp_${newId()}`;
    const owed = answers.map((item) => JSON.stringify(item));
    continuity.bridge(turn, instead, owed, id);
  }
  return makeFrame(wire, { ...event, response: { ...responseOf(event), id: instead } });
}

/**
 * One more trip upstream, or the end of the answer where upstream does not take it: with what it says of that, since a
 * client acts on some of its codes.
 * @param why what upstream was to be told of, for a person
 */
export async function further(turn: Turn, body: RequestBody, why: string): Promise<Reply | Frame> {
  const { wire } = turn.head;
  try {
    const reply = await turn.leg(body);
    if (reply.status === 200) return reply;
    const said = await refusalOf(reply);
    if (said !== undefined) {
      return makeFrame(wire, { type: "response.failed", response: { id: "", status: "failed", error: said } });
    }
    const error = new CodexPlusError("CP_UPSTREAM_CUT", `upstream answered ${reply.status} when told of ${why}`);
    return failureFrame(wire, error, turn.id);
  } catch (error) {
    return failureFrame(wire, toCodexPlusError(error), turn.id);
  }
}

interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** The error object of a refusal's body; undefined where there is none. */
async function refusalOf({ frames }: Reply): Promise<Refusal | undefined> {
  const pieces: Buffer[] = [];
  for await (const { raw } of frames) pieces.push(raw);
  try {
    const { error } = JSON.parse(Buffer.concat(pieces).toString());
    if (typeof error?.message !== "string") return undefined;
    return { code: String(error.code ?? error.type ?? "server_error"), message: error.message };
  } catch {
    return undefined;
  }
}
