import assert from "node:assert/strict";
import { test } from "node:test";
import { Channel } from "./channel.ts";

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of source) values.push(value);
  return values;
}

test("what was pushed is read in order, before and after somebody waits, up to the end", async () => {
  const channel = new Channel<number>();
  channel.push(1);
  channel.push(2);
  const reading = all(channel);
  channel.push(3);
  await Promise.resolve();
  channel.push(4);
  channel.end();
  channel.push(5);
  assert.deepEqual(await reading, [1, 2, 3, 4]);
});

test("an error is told once, behind what came before it", async () => {
  const channel = new Channel<number>();
  channel.push(1);
  channel.end(new Error("cut"));
  assert.deepEqual(await channel.next(), { done: false, value: 1 });
  await assert.rejects(channel.next(), /cut/);
  assert.deepEqual(await channel.next(), { done: true, value: undefined });
});

test("somebody who waits already is told of the error", async () => {
  const channel = new Channel<number>();
  const waiting = channel.next();
  assert.equal(channel.awaited, true);
  channel.end(new Error("cut"));
  await assert.rejects(waiting, /cut/);
});

test("a full queue asks for a pause, and for more when it has run empty", async () => {
  const channel = new Channel<number>(2);
  let drained = 0;
  channel.onDrain = () => {
    drained += 1;
  };
  assert.deepEqual([channel.push(1), channel.push(2), channel.push(3)], [true, false, false]);
  await channel.next();
  await channel.next();
  assert.equal(drained, 0);
  await channel.next();
  assert.equal(drained, 1);
});

test("a reader who leaves early is reported once, one who read all is not", async () => {
  for (const early of [true, false]) {
    const channel = new Channel<number>();
    let left = 0;
    channel.onLeave = () => {
      left += 1;
    };
    channel.push(1);
    if (!early) channel.end();
    for await (const _value of channel) if (early) break;
    assert.equal(left, early ? 1 : 0);
  }
});
