/** Random valid responses for the parser's properties. */
import fc from "fast-check";
import { latin1, type Reading } from "./reading.ts";

export interface Made {
  bytes: Buffer;
  method: string;
  status: number;
  reason: string;
  headers: string[];
  informational: { status: number; reason: string; headers: string[] }[];
  framing: "none" | "length" | "chunked" | "close";
  payload: string;
  framed: string;
  /** Places in `framed` where a size line has begun and not ended. */
  insideLines: Set<number>;
  /** Places in `framed` where a chunk has ended. */
  chunkEnds: Set<number>;
  trailers: string[];
}

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9!#$%&'*+.^_`|~-]{0,12}$/).map((text) => `X-${text}`);
const value = fc.stringMatching(/^(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]{0,20}[!-~\x80-\xff])?)?$/);
const fields = fc.array(fc.tuple(name, value), { maxLength: 6 }).map((pairs) => pairs.flat());
const reason = fc.constantFrom("OK", "", "Not Found", "I'm a teapot", "caf\xe9");
const blank = fc.constantFrom("", " ", "  ", "\t ");
const extension = fc.constantFrom("", "", "", ";a", ";a=b", ';a="b c"');
const chunk = fc.record({ data: fc.uint8Array({ minLength: 1, maxLength: 300 }), extension, upper: fc.boolean() });

/** Valid responses of every kind, and what they mean known from the making, not from any reading. */
export const made: fc.Arbitrary<Made> = fc
  .record({
    method: fc.constantFrom("GET", "POST", "HEAD"),
    status: fc.constantFrom(200, 201, 204, 304, 404, 500, 999),
    reason,
    headers: fields,
    informational: fc.array(
      fc.record({ status: fc.constantFrom(100, 102, 103), reason, headers: fields }, { noNullPrototype: true }),
      { maxLength: 2 },
    ),
    framing: fc.constantFrom<("length" | "chunked" | "close")[]>("length", "chunked", "close"),
    chunks: fc.array(chunk, { maxLength: 8 }),
    trailers: fields,
    place: fc.nat(6),
    blank,
    // Without tabs: llhttp, the reader compared with below, does not know "chunked" with a tab behind it.
    behind: fc.constantFrom("", " ", "  "),
  })
  .map((parts) => {
    const bodiless = parts.method === "HEAD" || parts.status === 204 || parts.status === 304;
    const chunks = parts.chunks.map(({ data, extension: ext, upper }) => {
      const hex = data.length.toString(16);
      return { line: `${upper ? hex.toUpperCase() : hex}${ext}\r\n`, data: Buffer.from(data).toString("latin1") };
    });
    const payload = chunks.map(({ data }) => data).join("");
    const insideLines = new Set<number>();
    const chunkEnds = new Set<number>([0]);
    let framed = "";
    for (const { line, data } of chunks) {
      for (let i = 1; i < line.length; i++) insideLines.add(framed.length + i);
      framed += `${line}${data}\r\n`;
      chunkEnds.add(framed.length);
    }
    const framingFields = {
      length: ["Content-Length", String(payload.length)],
      chunked: ["transfer-Encoding", "Chunked"],
      close: [],
    }[parts.framing];
    const headers = [...parts.headers];
    headers.splice(2 * Math.min(parts.place, headers.length / 2), 0, ...framingFields);
    const block = (pairs: string[]) => {
      let text = "";
      for (let i = 0; i < pairs.length; i += 2) text += `${pairs[i]}:${parts.blank}${pairs[i + 1]}${parts.behind}\r\n`;
      return `${text}\r\n`;
    };
    const start = (status: number, phrase: string) => `HTTP/1.1 ${status} ${phrase}\r\n`;
    let text = parts.informational.map((one) => start(one.status, one.reason) + block(one.headers)).join("");
    text += start(parts.status, parts.reason) + block(headers);
    if (!bodiless) text += parts.framing === "chunked" ? `${framed}0\r\n${block(parts.trailers)}` : payload;
    const chunked = parts.framing === "chunked" && !bodiless;
    return {
      ...parts,
      bytes: latin1(text),
      headers,
      framing: bodiless ? ("none" as const) : parts.framing,
      payload: bodiless ? "" : payload,
      framed: chunked ? framed : bodiless ? "" : payload,
      insideLines: chunked ? insideLines : new Set<number>(),
      chunkEnds,
      trailers: chunked ? parts.trailers : [],
    };
  });

/** What a reader has to find in a made response. */
export function meaning(response: Made, framed: boolean): Reading {
  const { status, reason: phrase, headers, informational, trailers } = response;
  return {
    informational,
    head: { status, reason: phrase, headers, chunked: response.framing === "chunked" },
    body: framed ? response.framed : response.payload,
    trailers,
    outcome: "done",
    surplus: 0,
  };
}
