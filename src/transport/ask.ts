/** One request of our own to an address that a person has named: an HTTP hook's, for one. */

/** @throws Error as `fetch` does */
export function ask(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, init);
}
