/** Which conversation is meant: ids may be abbreviated, and `last` is the newest. */
import { CodexPlusError } from "../../errors.ts";
import { moment } from "../../lib/amounts.ts";
import { nearestName } from "../../lib/nearest.ts";
import type { ThreadRow } from "../../sessions/ledger.ts";
import type { Reader } from "../../sessions/store.ts";
import { cut, oneLine } from "../terminal/text.ts";
import { titleOf } from "./title.ts";

/** How many candidates are named. */
const NAMED = 8;
/** How many of the newest conversations may have been meant by a mistyped id. */
const NEAR = 500;
/** A UUID of version 7 begins with its time; so much of it differs between conversations begun a millisecond apart. */
const SHORT = 13;

/**
 * The conversation that an id, or any beginning that it alone has, names.
 * @throws CodexPlusError CP_SESSION_UNKNOWN, naming the candidates or the nearest one
 */
export function threadOf(reader: Reader, typed: string): ThreadRow {
  if (typed === "last") {
    const [newest] = reader.threads({ limit: 1 });
    if (newest === undefined) throw new CodexPlusError("CP_SESSION_UNKNOWN", "there are no conversations yet");
    return newest;
  }
  const exact = reader.thread(typed);
  if (exact !== undefined) return exact;
  const found = typed === "" ? [] : reader.find(typed, NAMED + 1);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new CodexPlusError("CP_SESSION_UNKNOWN", only === undefined ? unknown(reader, typed) : several(typed, found));
}

/** So much of each id that all of them differ, safe to print: ids come from clients and from files. */
export function shortIds(threads: readonly ThreadRow[]): readonly string[] {
  const ids = threads.map(({ id }) => id);
  let length = SHORT;
  while (new Set(ids.map((id) => id.slice(0, length))).size < new Set(ids).size) length += 1;
  return ids.map((id) => oneLine(id.slice(0, length)));
}

function several(typed: string, found: readonly ThreadRow[]): string {
  const named = found
    .slice(0, NAMED)
    .map((thread) => `  ${oneLine(thread.id)}  ${moment(thread.used)}  ${cut(titleOf(thread), 50)}`);
  const more = found.length > NAMED ? ["  …"] : [];
  return [`several conversations begin with ${typed}:`, ...named, ...more].join("\n");
}

function unknown(reader: Reader, typed: string): string {
  const ids = reader.threads({ limit: NEAR }).map(({ id }) => id);
  const beginning = nearestName(
    typed,
    ids.map((id) => id.slice(0, typed.length)),
  );
  const near = beginning === undefined ? undefined : ids.find((id) => id.startsWith(beginning));
  return `no conversation begins with ${typed}.${near === undefined ? "" : ` Did you mean ${oneLine(near)}?`}`;
}
