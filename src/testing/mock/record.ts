/** Everything that reached the backend and everything it sent back, for tests to look at and to wait for. */
import type { RawHeaders } from "../../contracts.ts";
import type { Kind } from "./script.ts";

/** An HTTP request, upgrades included. Fields that come late (body, trailers, closed) fill in as they arrive. */
export interface SeenRequest {
  /** 1 for the first TCP connection to the backend, and so on. */
  readonly connection: number;
  readonly method: string;
  readonly path: string;
  readonly httpVersion: string;
  readonly rawHeaders: RawHeaders;
  readonly upgrade: boolean;
  /** The bytes as they came, before any decoding. */
  body: Buffer;
  trailers: RawHeaders;
}

/** A Responses request on either wire: a POST, or a `response.create` message. */
export interface SeenTurn {
  readonly wire: "sse" | "ws";
  readonly kind: Kind;
  /** The POST, or the upgrade that opened the socket. */
  readonly request: SeenRequest;
  /** The POST's body or the message, as it came. */
  readonly received: Buffer;
  readonly json: Readonly<Record<string, unknown>>;
  /** What was answered: the response body in pieces, or the messages one by one. */
  readonly sent: Buffer[];
  /** How it ended; undefined while it runs. `left` is the client's doing, the rest the script's. */
  end: TurnEnd | undefined;
}

export type TurnEnd = "completed" | "interrupted" | "refused" | "broken" | "left";

/** A WebSocket message that is not a `response.create`, such as `response.interrupt` or something unknown. */
export interface SeenMessage {
  readonly connection: number;
  readonly binary: boolean;
  readonly bytes: Buffer;
}

/** A connection's life: TCP open and close, a WebSocket's close frame from the client. */
export interface SeenMoment {
  readonly connection: number;
  readonly what: "open" | "closed" | "close-frame";
  readonly code?: number;
  readonly reason?: string;
}

export class Recording {
  readonly requests: SeenRequest[] = [];
  readonly turns: SeenTurn[] = [];
  readonly messages: SeenMessage[] = [];
  readonly moments: SeenMoment[] = [];
  /** What the real backend would have refused, in words. A sound proxy leaves this empty. */
  readonly violations: string[] = [];
  readonly #waiting = new Set<() => void>();

  /** To be called after every change. */
  changed(): void {
    for (const check of [...this.#waiting]) check();
  }

  /** Resolves as soon as something recorded makes the condition true. */
  async until(condition: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const check = () => {
        if (!condition()) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  violation(text: string): void {
    this.violations.push(text);
    this.changed();
  }

  moment(moment: SeenMoment): void {
    this.moments.push(moment);
    this.changed();
  }

  /** Empties the record, so that long runs do not fill the memory. */
  forget(): void {
    for (const list of [this.requests, this.turns, this.messages, this.moments, this.violations]) list.length = 0;
  }
}
