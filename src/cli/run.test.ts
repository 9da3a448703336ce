import assert from "node:assert/strict";
import { test } from "node:test";
import { fenceRun } from "./run.ts";

test("all that stands behind our own flags of run is codex's, whatever it looks like", () => {
  const fenced = (line: string) => fenceRun(line.split(" ")).join(" ");
  assert.deepEqual(
    [
      fenced("run"),
      fenced("run exec --port 5 -- hi"),
      fenced("run --full-auto --port 5"),
      fenced("run --port 5 --log=debug --version"),
      fenced("run --port=5 -- --help"),
      fenced("run --help"),
      fenced("serve --port 5"),
    ],
    [
      "run --",
      "run -- exec --port 5 -- hi",
      "run -- --full-auto --port 5",
      "run --port 5 --log=debug -- --version",
      "run --port=5 -- --help",
      "run --help",
      "serve --port 5",
    ],
  );
});
