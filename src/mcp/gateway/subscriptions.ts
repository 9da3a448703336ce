/** What one client is subscribed to. */

type End = () => Promise<void>;

export class Subscriptions {
  readonly #running = new Map<string, Promise<End>>();
  #closed = false;

  /** Begins one unless it runs already. @throws what `begin` throws */
  async begin(uri: string, begin: () => Promise<End>): Promise<void> {
    const running = this.#running.get(uri) ?? begin();
    this.#running.set(uri, running);
    try {
      await running;
      if (this.#closed) await this.end(uri);
    } catch (error) {
      this.#running.delete(uri);
      throw error;
    }
  }

  /** Ends one; nothing to do where it never began. */
  async end(uri: string): Promise<void> {
    const running = this.#running.get(uri);
    this.#running.delete(uri);
    const end = await running?.catch(() => undefined);
    await end?.();
  }

  /** Ends all, in the background: nobody is left to be told how that went. */
  close(): void {
    this.#closed = true;
    for (const uri of this.#running.keys()) void this.end(uri).catch(() => undefined);
  }
}
