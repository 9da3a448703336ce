/** A WebSocket through the proxy whose two sides are bare connections: every frame, whole or in pieces, is the test's. */
import { createHash } from "node:crypto";
import type { TestContext } from "node:test";
import { encodeFrame, OPCODE } from "../../src/protocol/ws-frame.ts";
import { type ProxyOptions, type Running, startProxy } from "./harness.ts";
import { connect, ear, type Line } from "./line.ts";
import { field, readHead } from "./message.ts";

export const UPGRADE =
  "GET /responses HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

export interface Bare {
  readonly client: Line;
  readonly upstream: Line;
  readonly proxy: Running;
}

export async function bare(t: TestContext, options: ProxyOptions = {}): Promise<Bare> {
  const far = await ear(t);
  let client: Line | undefined;
  // Before the proxy stops: these sides close nothing by themselves.
  t.after(() => client?.close());
  const proxy = await startProxy(t, { ...options, upstream: far.url });
  client = await connect(t, proxy.port);
  client.send(UPGRADE);
  const upstream = await far.line();
  await switched(upstream);
  await client.through("\r\n\r\n");
  return { client, upstream, proxy };
}

/** Says 101 by hand. @param fields further lines, each with its CRLF */
export async function switched(line: Line, fields = ""): Promise<void> {
  const { headers } = await readHead(line);
  const accept = createHash("sha1")
    .update(`${field(headers, "sec-websocket-key")}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  line.send(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n${fields}\r\n`,
  );
}

/** A text frame as upstream sends it. */
export function down(event: object): Buffer {
  return encodeFrame(OPCODE.text, Buffer.from(JSON.stringify(event)), false);
}

/** A text frame as a client sends it. */
export function up(event: object): Buffer {
  return encodeFrame(OPCODE.text, Buffer.from(JSON.stringify(event)), true);
}

/** The next whole frame, unmasked; only of a length below 64 KiB. */
export async function frame(line: Line): Promise<{ opcode: number; fin: boolean; text: string }> {
  const [first = 0, second = 0] = await line.bytes(2);
  const short = second & 0x7f;
  const length = short < 126 ? short : (await line.bytes(2)).readUInt16BE(0);
  const key = second >= 0x80 ? await line.bytes(4) : Buffer.alloc(4);
  const payload = (await line.bytes(length)).map((byte, i) => byte ^ (key[i & 3] ?? 0));
  return { opcode: first & 0x0f, fin: first >= 0x80, text: Buffer.from(payload).toString("utf8") };
}
