import assert from "node:assert/strict";
import test, { suite } from "node:test";
import fc from "fast-check";
import * as ws from "ws";
import { type WsMode, WsReader } from "./ws.ts";
import { closePayload, encodeFrame, OPCODE, readClose } from "./ws-frame.ts";

/** The library's own framing, as the oracle; its static method is not in its types. */
const { Sender, Receiver } = ws as unknown as {
  Sender: { frame(data: Buffer, options: object): Buffer[] };
  Receiver: new (options: object) => NodeJS.WritableStream;
};

interface Piece {
  readonly opcode: number;
  readonly data: Uint8Array;
  readonly fragments: number;
}

const piece: fc.Arbitrary<Piece> = fc.oneof(
  fc.record({
    opcode: fc.constantFrom(1, 2),
    data: fc.uint8Array({ maxLength: 300, size: "max" }),
    fragments: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ opcode: fc.constantFrom(9, 10), data: fc.uint8Array({ maxLength: 125 }), fragments: fc.constant(1) }),
);

/** The bytes of messages as the library writes them. */
function written(pieces: readonly Piece[], mask: boolean): Buffer {
  return Buffer.concat(
    pieces.flatMap(({ opcode, data, fragments }) => {
      const size = Math.ceil(data.length / fragments);
      return Array.from({ length: fragments }, (_, i) => i).flatMap((i) =>
        Sender.frame(Buffer.from(data.slice(i * size, (i + 1) * size)), {
          fin: i === fragments - 1,
          rsv1: false,
          opcode: i === 0 ? opcode : 0,
          mask,
          readOnly: true,
        }),
      );
    }),
  );
}

interface Read {
  readonly messages: { opcode: number; payload: Buffer; raw: Buffer }[];
  readonly controls: [number, Buffer][];
  readonly relayed: Buffer;
}

function read(bytes: Buffer, cuts: readonly number[], fromClient: boolean, mode: WsMode): Read {
  const messages: Read["messages"] = [];
  const controls: [number, Buffer][] = [];
  const relayed: Buffer[] = [];
  const reader = new WsReader(
    { fromClient, deflate: false, maxMessage: 2 ** 20 },
    {
      message: ({ opcode, payload, raw }) =>
        messages.push({ opcode, payload: Buffer.from(payload), raw: Buffer.from(raw) }),
      bytes: (part) => relayed.push(Buffer.from(part)),
      control: (opcode, payload) => controls.push([opcode, Buffer.from(payload)]),
    },
  );
  reader.mode = mode;
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  for (const [index, from] of [0, ...places].entries())
    reader.push(bytes.subarray(from, places[index] ?? bytes.length));
  assert.equal(reader.cutOff, "nothing");
  return { messages, controls, relayed: Buffer.concat(relayed) };
}

const cuts = fc.array(fc.nat(), { maxLength: 12 });
const pieces = fc.array(piece, { maxLength: 8 });

suite("WsReader", () => {
  for (const fromClient of [true, false]) {
    test("A message that is gathered out of endless fragments is refused, empty as they may be", () => {
      const reader = new WsReader(
        { fromClient: false, deflate: false, maxMessage: 2 ** 20 },
        { message: () => undefined, bytes: () => undefined, control: () => undefined },
      );
      reader.mode = "messages";
      reader.push(Buffer.from([1, 0]));
      const empty = Buffer.alloc(2 * 65_535);
      reader.push(empty);
      assert.throws(() => reader.push(Buffer.from([0, 0])), { code: "CP_FRAME_TOO_LARGE" });
    });

    test(`Messages and control frames of a ${fromClient ? "client" : "server"} are the library's, however they are cut`, () => {
      fc.assert(
        fc.property(pieces, cuts, (sent, places) => {
          const { messages, controls } = read(written(sent, fromClient), places, fromClient, "messages");
          const data = sent.filter(({ opcode }) => opcode < 8);
          assert.deepEqual(
            messages.map(({ opcode, payload }) => [opcode, payload]),
            data.map(({ opcode, data: bytes }) => [opcode, Buffer.from(bytes)]),
          );
          assert.deepEqual(
            controls,
            sent.filter(({ opcode }) => opcode > 8).map(({ opcode, data: bytes }) => [opcode, Buffer.from(bytes)]),
          );
        }),
        { numRuns: 500 },
      );
    });
  }

  test("Relayed, the bytes are those that came, but for the control frames", () => {
    fc.assert(
      fc.property(pieces, cuts, (sent, places) => {
        const { relayed, messages } = read(written(sent, false), places, false, "relay");
        assert.deepEqual(
          [relayed, messages],
          [
            written(
              sent.filter(({ opcode }) => opcode < 8),
              false,
            ),
            [],
          ],
        );
      }),
      { numRuns: 500 },
    );
  });

  test("The raw bytes of the messages put together are all that came", () => {
    fc.assert(
      fc.property(pieces, cuts, (sent, places) => {
        const data = sent.filter(({ opcode }) => opcode < 8);
        const bytes = written(data, true);
        assert.ok(Buffer.concat(read(bytes, places, true, "messages").messages.map(({ raw }) => raw)).equals(bytes));
      }),
    );
  });

  test("The mode may change between any two messages", () => {
    const messages: string[] = [];
    const relayed: string[] = [];
    const reader = new WsReader(
      { fromClient: false, deflate: false, maxMessage: 100 },
      {
        message: ({ payload }) => messages.push(`${payload}`),
        bytes: (part) => relayed.push(part.toString("latin1")),
        control: () => undefined,
        ended: () => {
          reader.mode = "messages";
        },
      },
    );
    const [a, b] = ["a", "b"].map((text) => encodeFrame(OPCODE.text, Buffer.from(text), false));
    reader.push(Buffer.concat([a as Buffer, b as Buffer, a as Buffer]));
    assert.deepEqual([relayed, messages], [["\x81\x01a"], ["b", "a"]]);
  });

  const broken: [string, boolean, string, RegExp][] = [
    ["an unmasked frame of a client", true, "810161", /an unmasked frame/],
    ["a masked frame of a server", false, "81810000000061", /a masked frame/],
    ["a reserved bit", false, "a10161", /a reserved bit/],
    ["compression nobody agreed to", false, "c10161", /a reserved bit/],
    ["a reserved opcode", false, "830161", /the reserved opcode 3/],
    ["a reserved control opcode", false, "8b00", /the reserved opcode 11/],
    ["a continuation of nothing", false, "800161", /a fragment out of order/],
    ["a message within a message", false, "010161810161", /a fragment out of order/],
    ["a control frame in fragments", false, "0900", /a malformed control frame/],
    ["a control frame too long", false, "897e0080", /a malformed control frame/],
    ["a frame of 2^60 bytes", false, "827f1000000000000000", /longer than 2\^53/],
    ["a close frame with half a code", false, "880103", /a malformed close frame/],
    ["a close frame with a code that is never sent", false, "880203ee", /a malformed close frame/],
    ["a message over the limit", false, "827e0401", /is over the limit/],
  ];
  for (const [what, fromClient, hex, words] of broken) {
    test(`It refuses ${what}`, () => {
      const reader = new WsReader(
        { fromClient, deflate: false, maxMessage: 1024 },
        { message: () => undefined, bytes: () => undefined, control: () => undefined },
      );
      reader.mode = "messages";
      assert.throws(() => reader.push(Buffer.from(hex, "hex")), words);
    });
  }
});

suite("encodeFrame", () => {
  for (const toServer of [true, false]) {
    test(`What it writes to a ${toServer ? "server" : "client"}, the library reads`, async () => {
      for (const size of [0, 1, 125, 126, 65_535, 65_536, 200_001]) {
        const payload = Buffer.alloc(size, "xyz");
        const receiver = new Receiver({ isServer: toServer, maxPayload: 2 ** 20, binaryType: "nodebuffer" });
        const heard = new Promise((resolve) =>
          receiver.on("message", (data: Buffer, binary: boolean) => resolve([data.equals(payload), binary])),
        );
        receiver.write(encodeFrame(OPCODE.binary, payload, toServer));
        assert.deepEqual(await heard, [true, true]);
      }
    });
  }
});

suite("Close frames", () => {
  test("A reason over 123 bytes is cut between two characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (reason) => {
        const payload = closePayload(1011, reason);
        const told = readClose(payload);
        assert.ok(payload.length <= 125 && told.code === 1011 && reason.startsWith(told.reason), JSON.stringify(told));
      }),
    );
    assert.equal(readClose(closePayload(1000, "é".repeat(70))).reason, "é".repeat(61));
  });

  test("No payload is code 1005", () => assert.deepEqual(readClose(Buffer.alloc(0)), { code: 1005, reason: "" }));
});
