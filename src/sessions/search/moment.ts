/** Moments as a person types them. */

const AGO = /^(\d{1,5})\s?(min|h|d|w|m|y)$/;
const DATE = /^(\d{4})-(\d{1,2})(?:-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?$/;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const MS = { min: MINUTE, h: 60 * MINUTE, d: DAY, w: 7 * DAY, m: 30 * DAY, y: 365 * DAY };

/**
 * `2026-11-22`, `2026-11`, `2026-11-22 14:30` in local time (or with a zone), `today`, `yesterday`, or how long ago: `30min`,
 * `12h`, `7d`, `2w`, `3m` (of 30 days), `1y`.
 * @returns ms since 1970, the beginning of what is named; undefined where it is no moment
 */
export function momentOf(text: string, now: number): number | undefined {
  const word = text.trim();
  if (word === "today") return midnight(now, 0);
  if (word === "yesterday") return midnight(now, -1);
  const ago = AGO.exec(word);
  if (ago !== null) return now - Number(ago[1]) * MS[ago[2] as keyof typeof MS];
  return dateOf(DATE.exec(word));
}

function dateOf(found: RegExpExecArray | null): number | undefined {
  if (found === null) return undefined;
  const [, year, month, day = 1, hour = 0, minute = 0, second = 0, zone] = found;
  const numbers = [Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)] as const;
  const at = zone === undefined ? new Date(...numbers).getTime() : Date.UTC(...numbers) - offset(zone);
  const date = new Date(Date.UTC(...numbers));
  // 31 February is none.
  return date.getUTCMonth() === numbers[1] && date.getUTCDate() === numbers[2] && numbers[3] < 24 && numbers[4] < 60
    ? at
    : undefined;
}

function offset(zone: string): number {
  if (zone === "Z") return 0;
  const [hours = 0, minutes = 0] = zone.slice(1).split(":").map(Number);
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * MINUTE;
}

function midnight(now: number, days: number): number {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime();
}
