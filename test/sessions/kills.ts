/** A proxy that is killed at random moments, again and again, with twenty conversations under way. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startMock } from "../../src/testing/index.ts";
import { WIRES } from "../e2e/world.ts";
import { Crowd, slowly } from "./crowd.ts";
import { type RunningProxy, startProxy } from "./proxy.ts";
import { Talker, type Told } from "./talker.ts";
import { assertNothingElse, assertSound, assertWhole } from "./whole.ts";

const TALKERS = 20;
/** The moment of the end, in ms after all have begun to talk; at the latest so long behind what has to be written. */
const EARLIEST_MS = 50;
const LATEST_MS = 1300;
/** So often everybody leaves, and others come: a thread's whole history stands in each of its requests. */
const FRESH = 8;

/**
 * Each time the same database is opened again; who was cut short asks again, as Codex does.
 * @param writtenMs what has ended so long before the end of the proxy is written
 * @param say hears of each time
 * @throws AssertionError when anything is missing, twice or broken
 */
export async function kills(
  times: number,
  writtenMs: number,
  say: (line: string) => void = () => undefined,
): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), "codex-plus-kills-"));
  const path = join(home, "plus.db");
  const mock = await startMock({ model: slowly });
  const talkers: Talker[] = [];
  const owed: Told[] = [];
  let crowd: Crowd | undefined;
  let proxy: RunningProxy | undefined;
  try {
    for (let time = 1; time <= times; time += 1) {
      if (crowd === undefined || time % FRESH === 0) {
        crowd = new Crowd(TALKERS);
        talkers.push(...crowd.talkers);
      }
      proxy = await startProxy(home, mock.url);
      // Not before its recorder has begun, which it does with the first request.
      const first = new Talker("sse");
      talkers.push(first);
      await first.turn(proxy.url, `hello ${time}`);
      await proxy.until(({ legs }) => legs > 0);
      const ended = crowd.talk(proxy.url);
      const latest = writtenMs + LATEST_MS;
      // The last comes late, so that there is something to be found however few they are.
      const moment = time === times ? latest : EARLIEST_MS + Math.random() * (latest - EARLIEST_MS);
      await sleep(moment);
      const killed = Date.now();
      await proxy.kill();
      await ended();
      crowd.hangUp();
      mock.record.forget();
      const told = crowd.told.splice(0);
      owed.push(...told.filter((each) => each.ended <= killed - writtenMs));
      assertSound(path);
      assertWhole(path, owed);
      assertNothingElse(path, talkers);
      say(`${time}: after ${moment.toFixed(0)} ms, ${told.length} turns; ${owed.length} in all have to be there`);
    }
    assert.deepEqual(new Set(owed.map(({ wire }) => wire)), new Set(WIRES), "turns were owed on both wires");
  } finally {
    await proxy?.kill();
    await mock.stop();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}
