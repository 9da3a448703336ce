/** A turn over WebSocket that a stage wants to see: the same stages, moments and outcomes as over HTTP. */
import { type Asked, ask, finish, type Plan, wrap } from "../engine.ts";
import { CodexPlusError, toCodexPlusError } from "../errors.ts";
import { Channel } from "../lib/channel.ts";
import { failureFrame } from "../protocol/failure.ts";
import { type Frame, makeFrame, readFrame, TERMINAL } from "../protocol/frame.ts";
import { RequestBody } from "../protocol/request.ts";
import { earlyEnd } from "../protocol/say.ts";
import type { WsMessage } from "../protocol/ws.ts";
import { OPCODE } from "../protocol/ws-frame.ts";
import type { Head, Outcome, Reply, Tap, Turn } from "../turn.ts";
import type { Front } from "./front.ts";
import { keepAlive } from "./keepalive.ts";
import type { Close, Entry } from "./record.ts";
import type { Link } from "./ws-link.ts";

/** The socket that the turn runs on. */
interface Host {
  readonly link: Link;
  /** Whether the client waits for the answer to another request already. */
  readonly awaited: boolean;
  /** From here on the turn is relayed as it comes; `done` is told of its end. */
  track(relayed: { entry: Entry; tap: Tap | undefined; done: (error?: CodexPlusError) => void }): void;
}

interface WsTurnOptions {
  readonly front: Front;
  readonly session: Host;
  readonly head: Head;
  readonly plan: Plan;
  readonly message: WsMessage;
  readonly entry: Entry;
  readonly tap: Tap | undefined;
}

const text = (raw: Buffer): string => raw.toString("utf8");

export class WsTurn {
  readonly #options: WsTurnOptions;
  readonly #gone = new AbortController();
  /** The leg whose frames are coming down. */
  #leg: Channel<Frame> | undefined;
  /** What came of upstream, if it left in the middle of the turn. */
  #lost: CodexPlusError | undefined;
  /** Upstream's own close frame will follow, which says what is to be said. */
  #closeFollows = false;
  /** Whether an interrupt has come, and whether it was ours to answer. */
  #unwanted = false;
  #interrupted = false;
  #left = false;
  /** Whether a terminal event has gone down: then nothing may follow, it would be read as the next response. */
  #ended = false;
  /** The id of the response under way, and whether its rest is to be dropped because the stages are done with it. */
  #responseId = "";
  #dropping = false;
  /** Whether something was dropped of late: upstream lives, and has not stopped yet. */
  #dropped = false;
  #onLegOver: (() => void) | undefined;

  constructor(options: WsTurnOptions) {
    this.#options = options;
  }

  /** Runs the turn to its end. Never throws: what fails is told to the client and the log. */
  async run(): Promise<void> {
    const { front, session, head, plan, message, entry, tap } = this.#options;
    const body = new RequestBody(message.payload);
    const turn: Turn = {
      id: entry.id,
      head,
      signal: this.#gone.signal,
      log: front.log.child({ id: entry.id }),
      request: body,
      notes: new Map(),
      leg: (next) => this.#startLeg(next, next === body),
    };
    let asked: Asked | undefined;
    let failure: CodexPlusError | undefined;
    const alive = keepAlive(
      head,
      front.limits.keepaliveMs,
      () => this.#leg?.awaited === true,
      (frame) => this.#write(frame),
    );
    try {
      asked = await ask(turn, plan);
      if (asked.refused !== undefined) throw asked.refused;
      if (this.#gone.signal.aborted) {
        // Whoever interrupted is answered below; who has gone hears nothing more.
      } else if (asked.reply !== undefined) {
        entry.local = true;
        await this.#deliver(wrap(turn, asked.reply, asked), alive.refresh);
      } else if (asked.needs === "events") {
        await this.#deliver(wrap(turn, await turn.leg(body), asked), alive.refresh);
      } else {
        if (this.#lost !== undefined) throw this.#lost;
        const { entered } = asked;
        const done = (error?: CodexPlusError): void =>
          void finish(turn, entered, error === undefined ? { ok: true } : { ok: false, error });
        session.track({ entry, tap, done });
        this.#sendUp(body, true);
        return;
      }
    } catch (thrown) {
      const error = toCodexPlusError(thrown);
      if (!this.#interrupted) failure = error;
      if (failure !== undefined && !(this.#closeFollows && error === this.#lost)) {
        this.#write(failureFrame("ws", failure, entry.id));
      }
    } finally {
      alive.end();
    }
    if (this.#interrupted) this.#write(interruptedFrame());
    await this.#drop();
    if (this.#gone.signal.aborted && !this.#interrupted)
      failure ??= new CodexPlusError("CP_UPSTREAM_CUT", "the client left before the end of the turn");
    const outcome: Outcome = failure === undefined ? { ok: true } : { ok: false, error: failure };
    front.records.end(entry, this.#close(failure), this.#gone.signal.aborted ? undefined : failure, tap);
    await finish(turn, asked?.entered ?? [], outcome);
  }

  /** Takes a message of upstream, if it is this turn's. */
  take(message: WsMessage): boolean {
    const leg = this.#leg;
    if (leg === undefined || message.opcode !== OPCODE.text) return false;
    const frame = readFrame(message.payload, text);
    if (frame.type === "response.created") this.#noteId(frame);
    const terminal = TERMINAL.has(frame.type);
    this.#options.front.usage.look(this.#options.head, frame);
    this.#dropped = this.#dropping;
    if (!this.#dropping && !leg.push(frame)) this.#options.session.link.pauseUpstream();
    if (terminal) this.#legOver();
    return true;
  }

  /** @param closeFollows whether upstream said so itself, in a close frame that the client will be given */
  upstreamGone(error: CodexPlusError, closeFollows: boolean): void {
    this.#lost = error;
    this.#closeFollows = closeFollows;
    this.#leg?.end(error);
    this.#leg = undefined;
    this.#onLegOver?.();
  }

  /**
   * The person pressed Esc or typed on.
   * @returns false while a response is under way upstream, whose answer it then is
   */
  interrupt(): boolean {
    this.#unwanted = true;
    if (this.#leg !== undefined) return false;
    this.#interrupted = true;
    this.#gone.abort();
    return true;
  }

  clientGone(): void {
    this.#left = true;
    this.#gone.abort();
    this.upstreamGone(new CodexPlusError("CP_UPSTREAM_CUT", "the client left before the end of the turn"), false);
  }

  #startLeg(body: RequestBody, own: boolean): Promise<Reply> {
    const { session } = this.#options;
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    if (this.#interrupted) return Promise.reject(new CodexPlusError("CP_UPSTREAM_CUT", "the turn was interrupted"));
    const leg = new Channel<Frame>(256, ({ raw }) => raw.length);
    leg.onDrain = () => session.link.resumeUpstream();
    this.#leg = leg;
    this.#sendUp(body, own);
    return Promise.resolve({ status: 200, reason: "OK", headers: [], frames: leg });
  }

  /** @param own whether it is the client's own request, be it edited */
  #sendUp(body: RequestBody, own: boolean): void {
    const { session, message, tap } = this.#options;
    if (own && !body.edited) {
      session.link.passUp(message);
      return;
    }
    const bytes = body.bytes();
    session.link.sendUp(bytes);
    tap?.sent(bytes);
  }

  #legOver(): void {
    const leg = this.#leg;
    this.#leg = undefined;
    leg?.end();
    this.#onLegOver?.();
    if (!this.#unwanted) return;
    // The interrupt crossed the end of the response: what the stages would still do with it nobody wants.
    setImmediate(() => {
      if (!this.#ended && !this.#left && this.#leg === undefined) this.interrupt();
    });
  }

  #noteId(frame: Frame): void {
    const response = frame.json()?.response;
    if (typeof response === "object" && response !== null && "id" in response) this.#responseId = String(response.id);
  }

  async #deliver(reply: Reply, sent: () => void): Promise<void> {
    for await (const frame of reply.frames) {
      if (this.#gone.signal.aborted) return;
      sent();
      if (!this.#write(frame)) await this.#options.session.link.clientDrained();
      if (TERMINAL.has(frame.type)) return;
    }
    if (this.#gone.signal.aborted) return;
    this.#write(earlyEnd("ws"));
  }

  /** A response whose rest nobody reads is stopped, and what still comes of it is dropped, before the next may begin. */
  async #drop(): Promise<void> {
    if (this.#leg === undefined || this.#gone.signal.aborted) return;
    this.#dropping = true;
    const over = new Promise<void>((resolve) => {
      this.#onLegOver = resolve;
      this.#gone.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    const { front, session, head } = this.#options;
    const { link } = session;
    // This turn's end has been told: whoever waits now waits for the next.
    const alive = keepAlive(
      head,
      front.limits.keepaliveMs,
      () => !session.awaited || !this.#dropped,
      (frame) => {
        this.#dropped = false;
        link.sendDown(frame.raw);
      },
    );
    link.resumeUpstream();
    if (this.#responseId !== "") {
      const stop = { type: "response.interrupt", response_id: this.#responseId, mode: "discard_partial_items" };
      link.sendUp(Buffer.from(JSON.stringify(stop)));
    }
    await over;
    alive.end();
  }

  #write(frame: Frame): boolean {
    const { entry, session, tap } = this.#options;
    if (this.#ended || this.#left) return true;
    if (entry.firstByte === 0) entry.firstByte = performance.now();
    entry.bytesDown += frame.raw.length;
    if (TERMINAL.has(frame.type)) this.#ended = true;
    const more = session.link.sendDown(frame.raw);
    tap?.frame(frame);
    return more;
  }

  #close(failure: CodexPlusError | undefined): Close {
    if (this.#interrupted) return "done";
    if (this.#gone.signal.aborted) return "client gone";
    return failure === undefined ? "done" : failure.code === "CP_UPSTREAM_CUT" ? "upstream cut" : "failed";
  }
}

/** What Codex expects as the answer to its interrupt (codex-wire 6). The empty id: upstream knows nothing of this turn. */
function interruptedFrame(): Frame {
  return makeFrame("ws", {
    type: "response.incomplete",
    response: { id: "", status: "incomplete", incomplete_details: { reason: "interrupted" } },
  });
}
