/** Who wants to hear of changes of a server's resources. They outlive the server: it is asked again when it has restarted. */
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";

export class Subscriptions {
  readonly #listeners = new Map<string, Set<() => void>>();

  get size(): number {
    return this.#listeners.size;
  }

  /** @returns whether it is the first of its resource: the server has to be asked */
  add(uri: string, listener: () => void): boolean {
    const others = this.#listeners.get(uri);
    others?.add(listener);
    if (others === undefined) this.#listeners.set(uri, new Set([listener]));
    return others === undefined;
  }

  /** @returns whether it was the last: the server may be told */
  remove(uri: string, listener: () => void): boolean {
    const listeners = this.#listeners.get(uri);
    if (!listeners?.delete(listener) || listeners.size > 0) return false;
    return this.#listeners.delete(uri);
  }

  updated(uri: string): void {
    for (const listener of this.#listeners.get(uri) ?? []) listener();
  }

  /** For a client that has just connected. A server that refuses now tells of no changes. */
  async begin(client: Client, ms: number): Promise<void> {
    const ask = (uri: string) => client.subscribeResource({ uri }, { timeout: ms }).catch(() => undefined);
    await Promise.all([...this.#listeners.keys()].map(ask));
  }
}
