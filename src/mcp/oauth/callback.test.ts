import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { listenForCallback } from "./callback.ts";

/** The status and the words of the page at a path, which goes out as it is. */
async function page(port: string, path: string): Promise<[number | undefined, string]> {
  const [response] = (await once(get({ host: "127.0.0.1", port, path, agent: false }), "response")) as [
    IncomingMessage,
  ];
  return [response.statusCode, /<p>(.*)<\/p>/.exec(await text(response))?.[1] ?? ""];
}

test("whatever is asked for, only the answer to this login is one", async () => {
  const callback = await listenForCallback(0, "mine");
  const { port } = new URL(callback.redirect);
  try {
    assert.deepEqual(
      [await page(port, "//"), await page(port, "/x"), await page(port, "/callback?state=other&code=1")],
      [
        [404, "There is nothing here."],
        [404, "There is nothing here."],
        [400, "This is not the answer to the login that is waited for."],
      ],
    );
    const answer = callback.answer(new AbortController().signal);
    const answered = page(port, "/callback?state=mine&code=2");
    const { code, tell } = await answer;
    await tell("<in>");
    assert.deepEqual([code, await answered], ["2", [200, "&#60;in&#62;"]]);
  } finally {
    await callback.close();
  }
});
