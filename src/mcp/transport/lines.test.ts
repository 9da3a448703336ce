import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { messageLines } from "./lines.ts";

async function lines(...chunks: (string | Buffer)[]): Promise<{ told: string[]; flooded: string[] }> {
  const told: string[] = [];
  const flooded: string[] = [];
  const source = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  messageLines(
    source,
    (line) => {
      told.push(line);
      return line.endsWith("}");
    },
    (why) => flooded.push(why),
  );
  const ended = Promise.withResolvers<void>();
  source.once("end", ended.resolve);
  await ended.promise;
  return { told, flooded };
}

test("messages come whole, however they are cut, and what is none is let fall", async () => {
  const text = Buffer.from('hello\n{"a":"ä"}\r\n\n[1]\n{"b":1}\n{"c"');
  const whole = await lines(text);
  assert.deepEqual(whole, { told: ['{"a":"ä"}\r', '{"b":1}'], flooded: [] });
  assert.deepEqual(await lines(...Array.from(text, (byte) => Buffer.from([byte]))), whole);
});

test("who prints nothing but what is no message is told of once, with newlines and without", async () => {
  const flood = ["it floods its standard output with what is no message"];
  const mib = (text: string) => text.repeat(1024 ** 2 / text.length);
  assert.deepEqual(await lines(...Array(18).fill(mib("y\n"))), { told: [], flooded: flood });
  assert.deepEqual(await lines(...Array(18).fill(mib("yy"))), { told: [], flooded: flood });
  const between = [...Array(12).fill(mib("y\n")), "{}\n", ...Array(12).fill(mib("y\n"))];
  assert.deepEqual(await lines(...between), { told: ["{}"], flooded: [] });
});

test("a message without end is told of", async () => {
  const { flooded } = await lines("{", ...Array(65).fill("x".repeat(1024 ** 2)));
  assert.deepEqual(flooded, ["it printed a message of more than 64 MiB"]);
});
