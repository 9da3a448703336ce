import assert from "node:assert/strict";
import test, { suite } from "node:test";
import { Channel } from "./channel.ts";

async function drained<T>(channel: Channel<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of channel) values.push(value);
  return values;
}

suite("Channel", () => {
  test("Values are read in order, whether they were pushed before or after the reader came", async () => {
    const channel = new Channel<number>();
    channel.push(1);
    const read = drained(channel);
    channel.push(2);
    await Promise.resolve();
    channel.push(3);
    channel.end();
    assert.deepEqual(await read, [1, 2, 3]);
  });

  test("A few large values fill a queue that is told how large they are", async () => {
    const channel = new Channel<Buffer>(256, ({ length }) => length);
    let drains = 0;
    channel.onDrain = () => drains++;
    const half = Buffer.alloc(512 * 1024);
    assert.deepEqual([channel.push(half), channel.push(half)], [true, false]);
    await channel.next();
    await channel.next();
    assert.deepEqual([drains, channel.push(half), channel.push(half)], [1, true, false]);
  });

  test("A full queue asks for a pause, and tells once when it has run empty", async () => {
    const channel = new Channel<number>(2);
    let drains = 0;
    channel.onDrain = () => drains++;
    assert.deepEqual([channel.push(1), channel.push(2), channel.push(3)], [true, false, false]);
    await channel.next();
    await channel.next();
    assert.equal(drains, 0);
    await channel.next();
    assert.deepEqual([drains, channel.push(4)], [1, true]);
  });

  test("An error comes behind the values, once; then the end", async () => {
    const channel = new Channel<number>();
    channel.push(1);
    channel.end(new Error("cut"));
    channel.push(2);
    assert.deepEqual(await channel.next(), { done: false, value: 1 });
    await assert.rejects(channel.next(), /cut/);
    assert.deepEqual(await channel.next(), { done: true, value: undefined });
  });

  test("A waiting reader hears of the end and of an error at once, and is seen to wait", async () => {
    for (const error of [undefined, new Error("cut")]) {
      const channel = new Channel<number>();
      const next = channel.next();
      assert.equal(channel.awaited, true);
      channel.end(error);
      assert.equal(channel.awaited, false);
      if (error === undefined) assert.deepEqual(await next, { done: true, value: undefined });
      else await assert.rejects(next, error);
    }
  });

  test("A reader that leaves before the end is told to the pusher, once; behind the end nobody is told", async () => {
    for (const ended of [false, true]) {
      const channel = new Channel<number>();
      let left = 0;
      channel.onLeave = () => left++;
      channel.push(1);
      channel.push(2);
      if (ended) channel.end();
      for await (const _ of channel) break;
      await channel.return();
      assert.deepEqual(
        [left, channel.push(3), await channel.next()],
        [ended ? 0 : 1, true, { done: true, value: undefined }],
      );
    }
  });
});
