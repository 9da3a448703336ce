/** How much a remote server may answer: the SDK holds a message that never ends until there is no memory left. */
import type { FetchLike } from "@modelcontextprotocol/sdk/shared/transport.js";

/** One message, in bytes; pictures stand in them. */
const LONGEST = 64 * 1024 ** 2;
/** What ends an event. One that lies across two chunks is missed, which costs nothing: others follow. */
const ENDS = ["\n\n", "\r\n\r\n", "\r\r"];

/**
 * A `fetch` whose answers break off where one message is too long: a whole body, or an event of an event stream.
 * @param flooded told when that happens
 */
export function bounded(reach: FetchLike, flooded: () => void): FetchLike {
  return async (address, init) => {
    const response = await reach(address, init);
    const { body, status, statusText, headers } = response;
    if (body === null) return response;
    const isStream = headers.get("content-type")?.startsWith("text/event-stream") ?? false;
    let size = 0;
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        const end = isStream ? endOf(chunk) : 0;
        size = end > 0 ? chunk.length - end : size + chunk.length;
        if (size <= LONGEST) return controller.enqueue(chunk);
        controller.error(new Error("it sent a message of more than 64 MiB"));
        flooded();
      },
    });
    return new Response(body.pipeThrough(counted), { status, statusText, headers });
  };
}

/** Behind the last event that ends in a chunk; 0 where none does. */
function endOf({ buffer, byteOffset, byteLength }: Uint8Array): number {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  const ends = ENDS.map((end) => [bytes.lastIndexOf(end), end.length] as const);
  return Math.max(0, ...ends.map(([at, length]) => (at < 0 ? 0 : at + length)));
}
