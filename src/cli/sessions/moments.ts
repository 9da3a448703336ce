/** Moments, spans and numbers as they are typed behind a flag. */
import { InvalidArgumentError } from "commander";

const UNITS: Readonly<Record<string, number>> = { min: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const SPAN = /^(\d+(?:\.\d+)?)(min|h|d|w)$/;
const DATE = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:?\d\d)?)?$/;

/** `90d` in ms. @throws InvalidArgumentError */
export function span(typed: string): number {
  const [, number, unit] = SPAN.exec(typed) ?? [];
  if (number === undefined || unit === undefined)
    throw new InvalidArgumentError("It is a number with min, h, d or w: 90d.");
  return Number(number) * (UNITS[unit] ?? 0);
}

/** `2026-11-01` (midnight here), `2026-11-01T10:30`, or `7d` (so long ago), in ms since 1970. @throws InvalidArgumentError */
export function moment(typed: string): number {
  if (SPAN.test(typed)) return Date.now() - span(typed);
  // A date alone would be midnight at Greenwich.
  const at = DATE.test(typed) ? Date.parse(typed.includes("T") ? typed : `${typed}T00:00`) : Number.NaN;
  if (Number.isNaN(at))
    throw new InvalidArgumentError("It is a date (2026-11-01, 2026-11-01T10:30) or a span (7d, 12h).");
  return at;
}

/** A whole number of at least 0. @throws InvalidArgumentError */
export function whole(typed: string): number {
  if (!/^\d{1,9}$/.test(typed)) throw new InvalidArgumentError("It is a whole number.");
  return Number(typed);
}
