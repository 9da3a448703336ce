/** Many conversations at once, on both wires, through one proxy or several. */
import { setTimeout as sleep } from "node:timers/promises";
import { echo, type Model, type Step } from "../../src/testing/index.ts";
import { Talker, type Told } from "./talker.ts";

/** Between two events of an answer, in ms. */
const PACE_MS = 4;

/** The usual model, which takes its time between events, so that there is a middle to be hit. */
export const slowly: Model = async (ask) => {
  const reply = await echo(ask);
  return Array.isArray(reply) ? { steps: paced(reply) } : reply;
};

async function* paced(steps: readonly Step[]): AsyncGenerator<Step> {
  for (const step of steps) {
    await sleep(PACE_MS);
    yield step;
  }
}

export class Crowd {
  readonly talkers: readonly Talker[];
  /** All turns that have ended, as they ended. */
  readonly told: Told[] = [];
  #said = 0;

  /** @param size how many talk; every other one on a WebSocket */
  constructor(size: number) {
    this.talkers = Array.from({ length: size }, (_, n) => new Talker(n % 2 === 0 ? "sse" : "ws"));
  }

  /**
   * All talk until told to end, each as fast as it is answered.
   * @param urls of the proxies, taken in turn
   * @returns ends them, and settles when they have: those whose connection breaks end by themselves
   */
  talk(...urls: readonly string[]): () => Promise<void> {
    let over = false;
    const talks = this.talkers.map(async (talker, index) => {
      for (let n = index; !over; n += 1) {
        const told = await talker.turn(urls[n % urls.length] ?? "", this.#prompt()).catch(() => undefined);
        if (told === undefined) return;
        this.told.push(told);
        if (urls.length > 1) talker.hangUp();
      }
    });
    return async () => {
      over = true;
      await Promise.all(talks);
    };
  }

  /** Their sockets end, as with the proxy. */
  hangUp(): void {
    for (const talker of this.talkers) talker.hangUp();
  }

  /** Never the same twice; every third asks for a tool. */
  #prompt(): string {
    this.#said += 1;
    return this.#said % 3 === 0 ? `run echo ${this.#said}` : `Please think about number ${this.#said}.`;
  }
}
