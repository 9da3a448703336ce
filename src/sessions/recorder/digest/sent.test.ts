import assert from "node:assert/strict";
import test, { suite } from "node:test";
import { RequestBody } from "../../../protocol/request.ts";
import { type Items, sentInPlace } from "./sent.ts";

/** `a1` is an item of id a that says 1; `-1` has no id. */
const item = (word: string): string =>
  JSON.stringify(word.startsWith("-") ? { t: word.slice(1) } : { id: word[0], t: word.slice(1) });
const items = (words: string): Items =>
  new RequestBody(Buffer.from(`{"input":[${words.split(" ").filter(Boolean).map(item)}]}`)).items();

suite("What went up in the place of an item", () => {
  const cases: [string, string, string, Record<number, string>][] = [
    ["is nothing to tell where all went up as it came", "a1 b1 -1", "a1 b1 -1", {}],
    ["is found by its id", "a1 b1 c1", "a1 b2 c1", { 1: "b2" }],
    ["is found by its place where it has no id", "a1 -1 c1", "a1 -2 c1", { 1: "-2" }],
    ["is found from the end", "a1 -1 -2", "a1 -9", { 1: "", 2: "-9" }],
    ["may be nothing", "a1 b1 c1", "a1 c1", { 1: "" }],
    ["may be several, of which the last stands for the last", "a1 -1 -2", "a1 -7 -8 -9", { 1: "-7 -8", 2: "-9" }],
    ["may be the item with others behind it", "a1 b1", "a1 x1 y1 b1", { 0: "a1 x1 y1" }],
    ["may be others before the first item", "a1 b1", "x1 a1 b1", { 0: "x1 a1" }],
    ["is nothing to tell where all was dropped but an item that comes twice", "-1 -1", "-1", { 1: "" }],
    ["is nothing to tell where nothing came", "", "a1", {}],
  ];
  for (const [title, came, went, expected] of cases) {
    test(title, () => {
      const places = Object.entries(expected).map(([at, words]) => [
        Number(at),
        words.split(" ").filter(Boolean).map(item),
      ]);
      assert.deepEqual([...sentInPlace(items(came), items(went))], places);
    });
  }
});
