import assert from "node:assert/strict";
import { after, before, mock, test } from "node:test";
import { Breaker } from "./breaker.ts";

before(() => mock.timers.enable({ apis: ["Date"], now: 0 }));
after(() => mock.timers.reset());

/** In how many ms it may be tried again, for somebody who waits for it and for nobody. */
const waits = (breaker: Breaker) => [true, false].map((wanted) => (breaker.retryAt(wanted) ?? Date.now()) - Date.now());

test("the first failure costs nobody time who waits, the second two seconds, the third a minute", async () => {
  const breaker = new Breaker();
  const seen = [waits(breaker)];
  for (let failure = 1; failure <= 3; failure++) {
    await breaker.bad();
    seen.push(waits(breaker));
  }
  assert.deepEqual(seen, [
    [0, 0],
    [0, 1000],
    [2000, 2000],
    [60_000, 60_000],
  ]);
});

test("behind the minute one more try is made; its failure costs another minute, its success closes the circuit", async () => {
  const breaker = new Breaker();
  for (let failure = 1; failure <= 3; failure++) await breaker.bad();
  mock.timers.tick(59_999);
  assert.equal(breaker.open, true);
  mock.timers.tick(1);
  assert.deepEqual([breaker.open, waits(breaker)], [false, [0, 0]]);
  await breaker.bad();
  assert.deepEqual([breaker.open, waits(breaker)], [true, [60_000, 60_000]]);
  mock.timers.tick(60_000);
  await breaker.good();
  await breaker.bad();
  assert.deepEqual([breaker.open, waits(breaker)], [false, [0, 1000]]);
});

test("an answer between failures begins the count anew", async () => {
  const breaker = new Breaker();
  for (let round = 1; round <= 3; round++) {
    await breaker.bad();
    await breaker.bad();
    await breaker.good();
  }
  assert.deepEqual([breaker.open, waits(breaker)], [false, [0, 0]]);
});
