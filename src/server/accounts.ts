/** The accounts check, asked with the client's own login and handshake, as Codex asks it where no proxy is between. */
import type { RawHeaders, Transport } from "../contracts.ts";
import { header } from "../protocol/headers.ts";
import type { AccountsCheck } from "../providers/residency.ts";

const PATH = "/backend-api/wham/accounts/check";
/** The fields of the client's request that say who asks; nothing else of it goes along. */
const WHO = ["authorization", "chatgpt-account-id", "user-agent", "originator"];
const MOST_BYTES = 1024 * 1024;
/** Codex itself gives up after 15 s. */
const PATIENCE_MS = 10_000;

/** @param origin the ChatGPT upstream, of configuration */
export function createAccountsCheck(transport: Transport, origin: URL): AccountsCheck {
  return (headers) =>
    new Promise((resolve, reject) => {
      let status = 0;
      let size = 0;
      const chunks: Buffer[] = [];
      const exchange = transport.request(
        { to: { origin, path: PATH }, method: "GET", headers: whoAsks(headers, origin), body: undefined },
        {
          head(head) {
            status = head.status;
            return "payload";
          },
          data(bytes) {
            size += bytes.length;
            if (size <= MOST_BYTES) chunks.push(bytes);
            return true;
          },
          end() {
            clearTimeout(timer);
            if (size > MOST_BYTES) reject(new Error(`an answer of more than ${MOST_BYTES} bytes`));
            else if (status === 200) resolve(Buffer.concat(chunks));
            // A backend without the route has no constraint to tell of.
            else if (status === 404) resolve(undefined);
            // A login that has run out, a limit, a backend that is down: none of these says anything of the workspace.
            else reject(new Error(`status ${status}`));
          },
          fail(error) {
            clearTimeout(timer);
            reject(error);
          },
        },
      );
      const timer = setTimeout(() => {
        exchange.abort();
        reject(new Error(`no answer within ${PATIENCE_MS} ms`));
      }, PATIENCE_MS);
      timer.unref();
    });
}

function whoAsks(headers: RawHeaders, origin: URL): string[] {
  const fields: string[] = [];
  for (const name of WHO) {
    const value = header(headers, name);
    if (value !== undefined) fields.push(name, value);
  }
  return [...fields, "accept", "*/*", "host", origin.host];
}
