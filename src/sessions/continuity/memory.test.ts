import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "../../log.ts";
import type { Mark } from "./mark.ts";
import { Memory } from "./memory.ts";
import { memoryShelf } from "./shelf.ts";

const mark: Mark = { behind: [] };

test("of a thread that never ends the oldest marks and response ids are forgotten, here and on the shelf", () => {
  const shelf = memoryShelf();
  const memory = new Memory(shelf, createLogger("silent"), 3);
  for (const key of ["a", "b", "c", "a", "d"]) memory.keep([{ what: "mark", thread: "", key, mark }]);
  for (const id of ["1", "2", "3", "4"]) memory.keep([{ what: "bridge", thread: "", id, bridge: { owed: [] } }]);
  const [kept] = memory.of({ thread: "", parents: [] });
  assert.deepEqual(
    [[...(kept?.marks.keys() ?? [])], [...(kept?.bridges.keys() ?? [])]],
    [
      ["c", "a", "d"],
      ["2", "3", "4"],
    ],
  );
  assert.deepEqual(shelf.load(""), kept);
  memory.close();
});
