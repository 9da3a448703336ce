/** HTTP/1.1 messages read off a line, independently of the code under test. */
import type { Line } from "./line.ts";

export interface Message {
  /** The request line or the status line. */
  readonly start: string;
  /** Name, value, name, value… as they stood. */
  readonly headers: string[];
  readonly body: Buffer;
  readonly trailers: string[];
}

/** The head of the next message, as it stood, taken apart. */
export async function readHead(line: Line): Promise<{ start: string; headers: string[] }> {
  const [start = "", ...fields] = (await line.through("\r\n\r\n")).trimEnd().split("\r\n");
  return { start, headers: fields.flatMap(pair) };
}

/** @param bodiless for the answer to HEAD */
export async function readMessage(line: Line, bodiless = false): Promise<Message> {
  const { start, headers } = await readHead(line);
  const nothing = bodiless || /^HTTP\/1\.1 (1\d\d|204|304) /.test(start);
  if (nothing) return { start, headers, body: Buffer.alloc(0), trailers: [] };
  if (field(headers, "transfer-encoding") === "chunked") return { start, headers, ...(await readChunks(line)) };
  const length = field(headers, "content-length");
  const isRequest = !start.startsWith("HTTP/");
  if (length === undefined)
    return { start, headers, body: isRequest ? Buffer.alloc(0) : await line.rest(), trailers: [] };
  return { start, headers, body: await line.bytes(Number(length)), trailers: [] };
}

async function readChunks(line: Line): Promise<{ body: Buffer; trailers: string[] }> {
  const parts: Buffer[] = [];
  for (;;) {
    const size = Number.parseInt(await line.through("\r\n"), 16);
    if (size === 0) break;
    parts.push(await line.bytes(size));
    await line.bytes(2);
  }
  const trailers: string[] = [];
  for (let text = await line.through("\r\n"); text !== "\r\n"; text = await line.through("\r\n")) {
    trailers.push(...pair(text.trimEnd()));
  }
  return { body: Buffer.concat(parts), trailers };
}

function pair(text: string): [string, string] {
  const colon = text.indexOf(":");
  return [text.slice(0, colon), text.slice(colon + 1).trim()];
}

export function field(headers: readonly string[], name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) if (headers[i]?.toLowerCase() === name) return headers[i + 1];
  return undefined;
}

/** The fields but for those of one hop, which may differ on the two sides of a proxy. */
export function endToEndOf(headers: readonly string[]): string[] {
  const hop = /^(host|connection|keep-alive|transfer-encoding)$/i;
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (!hop.test(headers[i] as string)) kept.push(headers[i] as string, headers[i + 1] as string);
  }
  return kept;
}

/** The events of an SSE body, as JSON where they hold any. */
export function eventsOf(body: Buffer): unknown[] {
  return body
    .toString("utf8")
    .split("\n\n")
    .flatMap((block) => {
      const data = block.split("\n").filter((text) => text.startsWith("data: "));
      if (data.length === 0) return [];
      const text = data.map((each) => each.slice(6)).join("\n");
      try {
        return [JSON.parse(text) as unknown];
      } catch {
        return [text];
      }
    });
}
