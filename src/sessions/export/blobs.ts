/** Names of pictures inside the JSON of items. */

const NAME = /codex-plus:blob\/([0-9a-f]{64})/g;

/** The hashes of all that are named in it. */
export function* blobsIn(json: string): Generator<string> {
  for (const [, hash] of json.matchAll(NAME)) if (hash !== undefined) yield hash;
}
