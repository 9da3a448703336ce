/** A workspace with a residency constraint: its requests go where the accounts check says, if configuration allows it. */
import assert from "node:assert/strict";
import test, { suite, type TestContext } from "node:test";
import { ev, type Mock, startMock } from "../../src/testing/index.ts";
import { type Running, startProxy } from "./harness.ts";
import { connect } from "./line.ts";
import { field, readMessage } from "./message.ts";
import { CODEX, speaker, WIRES } from "./speaker.ts";
import { dial } from "./talk.ts";

const ACCOUNT = "00000000-0000-4000-8000-00000000c0de";
const BODY = '{"model":"m","stream":true,"store":false,"input":[{"type":"message","role":"user","content":"x"}]}';

interface Workspace {
  readonly front: Mock;
  readonly own: Mock;
  readonly proxy: Running;
}

async function workspace(t: TestContext, hosts: string[]): Promise<Workspace> {
  const own = await startMock();
  t.after(() => own.stop());
  const front = await startMock({ residency: { origin: own.url, override: "us_cr" } });
  t.after(() => front.stop());
  const settings = { upstreams: { chatgpt: front.url, openai: front.url }, residency: { hosts } };
  return { front, own, proxy: await startProxy(t, { settings }) };
}

const turns = ({ record }: Mock): (string | undefined)[] =>
  record.turns.map(({ request }) => field([...request.rawHeaders], "x-openai-account-routing-override"));
const checks = ({ record }: Mock): number =>
  record.requests.filter(({ path }) => path.endsWith("/wham/accounts/check")).length;

suite("Residency", { timeout: 20_000 }, () => {
  test("Requests on both wires go to the workspace's backend with its override; the check is asked once", async (t) => {
    const { front, own, proxy } = await workspace(t, ["127.0.0.1"]);
    const client = await connect(t, proxy.port);
    for (let i = 0; i < 2; i++) {
      client.send(
        `POST /responses HTTP/1.1\r\nHost: localhost\r\nauthorization: Bearer k\r\nchatgpt-account-id: ${ACCOUNT}\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`,
      );
      await readMessage(client);
    }
    const socket = await dial(
      t,
      proxy.port,
      { headers: { ...CODEX, "chatgpt-account-id": ACCOUNT } },
      "/backend-api/codex/responses",
    );
    socket.send(`{"type":"response.create",${BODY.slice(1)}`);
    await socket.response();
    assert.deepEqual(
      [turns(own), turns(front), checks(front), own.record.violations],
      [["us_cr", "us_cr", "us_cr"], [], 1, []],
    );
  });

  test("A backend that configuration does not allow is not followed, and that is logged", async (t) => {
    const { front, own, proxy } = await workspace(t, ["chatgpt.com"]);
    const client = await connect(t, proxy.port);
    client.send(
      `POST /responses HTTP/1.1\r\nHost: localhost\r\nauthorization: Bearer k\r\nchatgpt-account-id: ${ACCOUNT}\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`,
    );
    const { start } = await readMessage(client);
    const { msg } = await proxy.logged(({ level }) => level === 40);
    assert.deepEqual([start, turns(own), turns(front)], ["HTTP/1.1 200 OK", [], [undefined]]);
    assert.match(msg, /^residency: the accounts check failed .* which residency\.hosts does not allow/);
    assert.ok(!proxy.log.text.includes(ACCOUNT));
  });

  for (const wire of WIRES) {
    test(`Without an account nothing is asked (${wire})`, async (t) => {
      const { front, proxy } = await workspace(t, ["127.0.0.1"]);
      const client = await speaker(t, wire, proxy.port);
      front.script([ev.created("r"), ev.completed("r")]);
      client.ask(BODY);
      await client.answer();
      assert.deepEqual([checks(front), turns(front)], [0, [undefined]]);
    });
  }
});
