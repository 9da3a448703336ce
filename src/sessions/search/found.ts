/** What a search has found, as it is shown. */
import type { ThreadRow } from "../ledger.ts";
import type { Hit } from "../store.ts";

/** A conversation with what was found in it. */
export interface Found {
  readonly thread: ThreadRow;
  readonly hits: readonly Hit[];
}

/** A stretch of a snippet. */
export interface Stretch {
  readonly text: string;
  /** Whether it is what was looked for. */
  readonly match: boolean;
}

/** Conversation by conversation, in the order of the best hit of each. */
export function grouped(hits: readonly Hit[]): readonly Found[] {
  const found = new Map<string, { thread: ThreadRow; hits: Hit[] }>();
  for (const hit of hits) {
    const known = found.get(hit.thread.id);
    if (known === undefined) found.set(hit.thread.id, { thread: hit.thread, hits: [hit] });
    else known.hits.push(hit);
  }
  return [...found.values()];
}

/** A snippet with its marks (see `Hit.snippet`) taken out. */
export function stretches(snippet: string): readonly Stretch[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the marks.
  return snippet.split(/(\u0001[^\u0002]*\u0002?)/).flatMap((text) => {
    const match = text.startsWith("\u0001");
    const bare = match ? text.slice(1).replace("\u0002", "") : text;
    return bare === "" ? [] : [{ text: bare, match }];
  });
}
