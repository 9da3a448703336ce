import assert from "node:assert/strict";
import { once } from "node:events";
import { Duplex } from "node:stream";
import test from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { linger } from "./linger.ts";

/** A socket whose peer takes one piece whenever it is told to. */
function slow(): { socket: Duplex; take: () => void } {
  const waiting: (() => void)[] = [];
  const socket = new Duplex({
    read: () => undefined,
    write: (_bytes, _encoding, done) => void waiting.push(done),
  });
  return { socket, take: () => waiting.shift()?.() };
}

test("An ended socket is kept as long as its peer takes what is left, and then until it closes or is late", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  const { socket, take } = slow();
  for (const piece of ["a", "b", "c"]) socket.write(piece);
  socket.end();
  linger(socket, 1000);
  const kept: boolean[] = [];
  for (let i = 0; i < 3; i++) {
    take();
    await turn();
    t.mock.timers.tick(999);
    kept.push(!socket.destroyed);
  }
  t.mock.timers.tick(1000);
  kept.push(!socket.destroyed);
  t.mock.timers.tick(2);
  assert.deepEqual([socket.writableFinished, kept, socket.destroyed], [true, [true, true, true, true], true]);
});

test("An ended socket whose peer takes nothing is given up", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  const { socket, take } = slow();
  socket.write("a");
  socket.write("b");
  socket.end();
  linger(socket, 1000);
  take();
  await turn();
  t.mock.timers.tick(1000);
  assert.equal(socket.destroyed, false);
  t.mock.timers.tick(1000);
  assert.equal(socket.destroyed, true);
  await once(socket, "close");
});
