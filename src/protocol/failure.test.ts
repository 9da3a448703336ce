import assert from "node:assert/strict";
import test, { suite } from "node:test";
import { CodexPlusError, ERRORS, type ErrorCode } from "../errors.ts";
import { failureBody, failureFrame } from "./failure.ts";

const FINAL = "invalid_prompt";

suite("Failures in the shape that Codex reads", () => {
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    test(`${code}: what a retry cannot mend is final, what passes is not`, () => {
      const error = new CodexPlusError(code, "It happened");
      const { status, wire, advice } = ERRORS[code];
      const message = `codex-plus: It happened. ${advice} (request r1)`;
      assert.deepEqual(JSON.parse(`${failureBody(error, "r1")}`), {
        error: { message, type: "codex_plus_error", code: wire, param: null },
      });
      const event = {
        type: "response.failed",
        response: { id: "", status: "failed", error: { code: status >= 500 ? wire : FINAL, message } },
      };
      assert.deepEqual(
        [`${failureFrame("ws", error, "r1").raw}`, `${failureFrame("sse", error, "r1").raw}`],
        [JSON.stringify(event), `event: response.failed\ndata: ${JSON.stringify(event)}\n\n`],
      );
    });
  }
});
