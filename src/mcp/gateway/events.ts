/** What a session was sent of late, so that a client whose stream broke off can ask for the rest (`Last-Event-ID`). */
import type { EventId, EventStore, StreamId } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";

interface Event {
  readonly id: EventId;
  readonly stream: StreamId;
  readonly message: JSONRPCMessage;
  readonly size: number;
}

/** Most that is remembered of one session. */
const MOST_EVENTS = 256;
/** In characters of JSON. */
const MOST_TEXT = 4 * 1024 ** 2;

/** The latest messages of one session; the oldest are forgotten first, and a client that asks for them is told so. */
export class RecentEvents implements EventStore {
  #events: Event[] = [];
  #text = 0;
  #count = 0;

  storeEvent(stream: StreamId, message: JSONRPCMessage): Promise<EventId> {
    const id = String(++this.#count);
    const size = JSON.stringify(message).length;
    this.#events.push({ id, stream, message, size });
    this.#text += size;
    // The last one stays whatever its size: it may be the very answer that a client has not got.
    while (this.#events.length > 1 && (this.#events.length > MOST_EVENTS || this.#text > MOST_TEXT)) {
      this.#text -= this.#events.shift()?.size ?? 0;
    }
    return Promise.resolve(id);
  }

  getStreamIdForEventId(id: EventId): Promise<StreamId | undefined> {
    return Promise.resolve(this.#events.find((event) => event.id === id)?.stream);
  }

  /** @throws RangeError where the event is no longer known */
  async replayEventsAfter(
    last: EventId,
    { send }: { send: (id: EventId, message: JSONRPCMessage) => Promise<void> },
  ): Promise<StreamId> {
    const at = this.#events.findIndex((event) => event.id === last);
    const stream = this.#events[at]?.stream;
    if (stream === undefined) throw new RangeError(`event ${last} is not remembered`);
    // A priming event marks a place and is no message.
    const missed = this.#events.slice(at + 1).filter((event) => event.stream === stream && "jsonrpc" in event.message);
    for (const { id, message } of missed) await send(id, message);
    return stream;
  }
}
