/** Recorded traffic of Codex 0.169.0, replayed through the proxy: with no stage, what one side says is what the other hears. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test, { suite } from "node:test";
import { startProxy } from "./harness.ts";
import { connect, ear } from "./line.ts";
import { endToEndOf, readMessage } from "./message.ts";
import { dial, hall } from "./talk.ts";

/** One event of a recording; which fields it has depends on its kind. */
interface Recorded {
  readonly dir?: "codex->proxy" | "proxy->codex";
  readonly kind: string;
  readonly method?: string;
  readonly url?: string;
  readonly status?: number;
  readonly headers?: [string, string][] | Record<string, string>;
  readonly body?: unknown;
}

async function recording(name: string): Promise<Recorded[]> {
  const text = await readFile(join(import.meta.dirname, "captures", `${name}.jsonl`), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Recorded);
}

const fieldsOf = ({ headers = [] }: Recorded): string[] =>
  (Array.isArray(headers) ? headers : Object.entries(headers)).flat().map(String);
const framing = /^(host|content-length|transfer-encoding|connection|keep-alive|date)$/i;

function described(fields: readonly string[]): string {
  let text = "";
  for (let i = 0; i < fields.length; i += 2)
    if (!framing.test(fields[i] ?? "")) text += `${fields[i]}: ${fields[i + 1]}\r\n`;
  return text;
}

function known(fields: readonly string[]): string[] {
  return endToEndOf(fields).filter((_, i, all) => !framing.test(all[i - (i % 2)] ?? ""));
}

suite("Recordings replayed", { timeout: 20_000 }, () => {
  for (const name of ["text-turn-http", "error-usage-limit-http"]) {
    test(`${name}: fields and bodies are the same on both sides`, async (t) => {
      const events = await recording(name);
      const upstream = await ear(t);
      const proxy = await startProxy(t, { upstream: upstream.url });
      const posts = events.filter(({ kind, method }) => kind === "http-request" && method === "POST");
      assert.ok(posts.length > 0);
      for (const post of posts) {
        const after = events.slice(events.indexOf(post) + 1);
        const response = after.find(({ kind }) => kind === "http-response");
        assert.ok(response);
        const sse = after
          .filter(({ kind }) => kind === "sse-event")
          .map(({ body }) => `data: ${JSON.stringify(body)}\n\n`);
        const down = Buffer.from(response.status === 200 ? sse.join("") : JSON.stringify(response.body ?? {}));
        const up = Buffer.from(JSON.stringify(post.body));
        const client = await connect(t, proxy.port);
        client
          .send(
            `POST ${post.url} HTTP/1.1\r\nhost: localhost\r\n${described(fieldsOf(post))}content-length: ${up.length}\r\n\r\n`,
          )
          .send(up);
        const line = await upstream.line();
        const heard = await readMessage(line);
        line.send(
          `HTTP/1.1 ${response.status} X\r\n${described(fieldsOf(response))}transfer-encoding: chunked\r\n\r\n${down.length.toString(16)}\r\n`,
        );
        line.send(down).send("\r\n0\r\n\r\n");
        const told = await readMessage(client);
        line.close();
        assert.deepEqual(
          [heard.start, known(heard.headers), heard.body.equals(up), known(told.headers), told.body.equals(down)],
          [`POST ${post.url} HTTP/1.1`, known(fieldsOf(post)), true, known(fieldsOf(response)), true],
        );
      }
    });
  }

  for (const name of ["tool-turn-ws", "steer-interrupt-ws"]) {
    for (const deflate of [false, true]) {
      test(`${name}${deflate ? ", compressed upstream" : ""}: every message is the same on both sides, in order`, async (t) => {
        const events = (await recording(name)).filter(({ kind }) => kind === "ws-text");
        const far = await hall(t, { perMessageDeflate: deflate });
        const proxy = await startProxy(t, { upstream: far.url });
        const client = await dial(t, proxy.port);
        const upstream = await far.talk();
        assert.ok(events.length > 5);
        for (const { dir, body } of events) {
          const text = JSON.stringify(body);
          const [from, to] = dir === "codex->proxy" ? [client, upstream] : [upstream, client];
          from.send(text);
          assert.equal(await to.text(), text);
        }
      });
    }
  }
});
