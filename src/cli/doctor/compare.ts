/** Comparing an answer that came through the proxy with those that came around it. Pure. */
import type { Answer } from "./ask.ts";

/** Fields that belong to one connection or one request, so that they never agree. */
const OWN = new Set([
  "date",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "set-cookie",
  "cf-ray",
  "x-request-id",
  "x-oai-request-id",
]);

/**
 * In what the proxied answer differs from the direct ones; empty when it is the same. Two direct ones are asked for,
 * since what differs between those is the upstream's own doing.
 */
export function differences(proxied: Answer, direct: readonly [Answer, Answer]): string[] {
  const [first, second] = direct;
  if (first.status !== second.status)
    return [`the upstream itself answers ${first.status} now and ${second.status} then`];
  const found: string[] = [];
  if (proxied.status !== first.status) found.push(`status ${proxied.status} instead of ${first.status}`);
  const moving = changing(fields(first), fields(second));
  const kept = (answer: Answer) => fields(answer).filter(([name]) => !moving.has(name.toLowerCase()));
  const [got, wanted] = [kept(proxied), kept(first)].map((list) => list.map((field) => field.join(": ")));
  if (got?.join("\n") !== wanted?.join("\n")) found.push(`header ${firstDifference(got ?? [], wanted ?? [])}`);
  if (first.body.equals(second.body) && !proxied.body.equals(first.body)) {
    const at = proxied.body.findIndex((byte, index) => byte !== first.body[index]);
    found.push(
      `body of ${proxied.body.length} instead of ${first.body.length} bytes, from byte ${at < 0 ? proxied.body.length : at}`,
    );
  }
  return found;
}

function fields({ headers }: Answer): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) pairs.push([headers[at] ?? "", headers[at + 1] ?? ""]);
  return pairs.filter(([name]) => !OWN.has(name.toLowerCase()));
}

/** The names whose values differ between two answers to the same question. */
function changing(one: [string, string][], other: [string, string][]): Set<string> {
  const all = (list: [string, string][], name: string) =>
    list
      .filter(([key]) => key.toLowerCase() === name)
      .map(([, value]) => value)
      .join("\n");
  const names = new Set([...one, ...other].map(([name]) => name.toLowerCase()));
  return new Set([...names].filter((name) => all(one, name) !== all(other, name)));
}

function firstDifference(got: string[], wanted: string[]): string {
  const at = wanted.findIndex((field, index) => field !== got[index]);
  const index = at < 0 ? wanted.length : at;
  return `"${got[index] ?? "(none)"}" instead of "${wanted[index] ?? "(none)"}"`;
}
