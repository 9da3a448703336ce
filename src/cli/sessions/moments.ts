/** Moments, spans and numbers as they are typed behind a flag. */
import { InvalidArgumentError } from "commander";
import { momentOf } from "../../sessions/search/moment.ts";

const SPAN = /^\d+\s?(min|[hdwmy])$/;

/** How long: `90d`, `12h`, `26w`, in ms. @throws InvalidArgumentError */
export function span(typed: string): number {
  const ago = SPAN.test(typed) ? momentOf(typed, 0) : undefined;
  if (ago === undefined) throw new InvalidArgumentError("It is a number with min, h, d, w, m or y: 90d.");
  return -ago;
}

/** A date, or so long ago (see `momentOf`), in ms since 1970. @throws InvalidArgumentError */
export function moment(typed: string): number {
  const at = momentOf(typed, Date.now());
  if (at === undefined)
    throw new InvalidArgumentError("It is a date (2026-11-01, yesterday) or how long ago (7d, 12h).");
  return at;
}

/** A whole number of at least 0. @throws InvalidArgumentError */
export function whole(typed: string): number {
  if (!/^\d{1,9}$/.test(typed)) throw new InvalidArgumentError("It is a whole number.");
  return Number(typed);
}
