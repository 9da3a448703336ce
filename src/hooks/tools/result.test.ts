import assert from "node:assert/strict";
import { test } from "node:test";
import { replacedOutput, resultOf } from "./result.ts";

test("what Codex writes above an output is told from it, in the words of each of its versions", () => {
  const head = "Chunk ID: 92b525\nWall time: 0.0000 seconds\n";
  const forms: [unknown, unknown, number | undefined, boolean?][] = [
    [`${head}Process exited with code 0\nOriginal token count: 1\nOutput:\nhi\n`, "hi\n", 0],
    [`${head}Process exited with code 3\nOriginal token count: 0\nOutput:\n`, "", 3],
    [`${head}Process running with session ID 7\nOriginal token count: 1\nOutput:\nhi\n`, "hi\n", undefined],
    ["Exit code: 1\nWall time: 0.1 seconds\nTotal output lines: 2\nOutput:\nOutput:\nno\n", "Output:\nno\n", 1],
    ['{"output":"hi\\n","metadata":{"exit_code":2,"duration_seconds":0.1}}', "hi\n", 2],
    ['{"output":"hi\\n"}', '{"output":"hi\\n"}', undefined],
    ['{"output":broken', '{"output":broken', undefined],
    [
      [
        { type: "input_text", text: "Exit code: 0\nWall time: 0 seconds\nOutput:\n" },
        { type: "input_text", text: "hi" },
      ],
      "hi",
      0,
    ],
    ["Process exited with code 9, it said", "Process exited with code 9, it said", undefined],
    ["aborted by user after 2.5s", "aborted by user after 2.5s", undefined, true],
  ];
  for (const [given, output, exitCode, interrupted = false] of forms) {
    assert.deepEqual(resultOf(given), { output, exitCode, interrupted });
  }
  const image = [{ type: "input_image", image_url: "data:" }];
  assert.deepEqual(resultOf(image), { output: image, exitCode: undefined, interrupted: false });
});

test("an output that hooks put in another's place may have Claude Code's form", () => {
  const forms: [unknown, string][] = [
    ["text", "text"],
    [{ stdout: "out", stderr: "err", interrupted: false }, "out\nerr"],
    [{ stdout: "out", stderr: "" }, "out"],
    [
      [
        { type: "text", text: "one" },
        { type: "text", text: "two" },
      ],
      "one\ntwo",
    ],
    [{ content: [{ type: "text", text: "one" }] }, "one"],
    [{ other: 1 }, '{"other":1}'],
    [null, "null"],
  ];
  for (const [given, expected] of forms) assert.equal(replacedOutput(given), expected);
});
