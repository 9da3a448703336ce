/** Being asked to stop. */

/** A second signal this soon is the same wish: a terminal and npm both pass one Ctrl-C on. In ms. */
const SAME_PRESS = 500;

/** Resolves at the first SIGINT, SIGTERM or SIGHUP. A later one (a second press) ends the process at once with 128+n. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: number | undefined;
    for (const [signal, number] of [
      ["SIGINT", 2],
      ["SIGTERM", 15],
      ["SIGHUP", 1],
    ] as const) {
      process.on(signal, () => {
        first ??= Date.now();
        if (Date.now() - first > SAME_PRESS) process.exit(128 + number);
        resolve(signal);
      });
    }
  });
}
