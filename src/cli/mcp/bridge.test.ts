import assert from "node:assert/strict";
import { test } from "node:test";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { Bridge } from "./bridge.ts";
import type { Far } from "./far.ts";

type Message = JSONRPCMessage & { readonly id?: unknown; readonly method?: string };

/** A way whose other side is a function. */
function way(sent: (message: Message, transport: Transport) => void): Transport {
  const transport: Transport = {
    start: () => Promise.resolve(),
    close: () => Promise.resolve(),
    send: async (message) => sent(message as Message, transport),
  };
  return transport;
}

const initialize = (message: Message, transport: Transport) => {
  if (message.method !== "initialize") return;
  transport.onmessage?.({ jsonrpc: "2.0", id: message.id as string, result: { protocolVersion: "2025-06-18" } });
};
const unknownSession = () => Object.assign(new Error("Session not found"), { code: 404 });

test("a gateway that ends before it has greeted back leaves no request waiting, and the next one is used", async () => {
  const answers: Message[] = [];
  let told: () => void = () => undefined;
  const near = way((message) => {
    answers.push(message);
    told();
  });
  const answered = (id: number) =>
    new Promise<Message | undefined>((resolve) => {
      told = () => {
        const answer = answers.find((message) => message.id === id);
        if (answer !== undefined) resolve(answer);
      };
      told();
    });
  const fars = [
    way((message, transport) => {
      if (message.method === "tools/list") throw unknownSession();
      initialize(message, transport);
    }),
    way((message, transport) => {
      if (message.method === "ping") throw unknownSession();
      setImmediate(() => transport.onerror?.(new Error("the stream broke off")));
    }),
    way((message, transport) => {
      initialize(message, transport);
      if (message.method === "tools/list") {
        transport.onmessage?.({ jsonrpc: "2.0", id: message.id as number, result: { tools: [] } });
      }
    }),
  ].map((transport) => Object.assign(transport, { setProtocolVersion: () => undefined }));
  let opened = 0;
  const closed: number[] = [];
  const bridge = new Bridge(near, () => {
    const transport = fars[opened++];
    assert.ok(transport);
    const close = async () => void closed.push(fars.indexOf(transport));
    return Promise.resolve({ transport, close } as unknown as Far);
  });
  await bridge.start();
  near.onmessage?.({ jsonrpc: "2.0", id: 1, method: "initialize", params: {} });
  await answered(1);
  near.onmessage?.({ jsonrpc: "2.0", id: 2, method: "tools/list" });
  const lost = await answered(2);
  near.onmessage?.({ jsonrpc: "2.0", id: 3, method: "tools/list" });
  const next = await answered(3);
  await bridge.close();
  assert.deepEqual(closed, [0, 1, 2]);
  assert.deepEqual(
    [lost, next, opened],
    [
      {
        jsonrpc: "2.0",
        id: 2,
        error: { code: -32_000, message: "the proxy of Codex-Plus ended before it had answered" },
      },
      { jsonrpc: "2.0", id: 3, result: { tools: [] } },
      3,
    ],
  );
});

test("what a client sends behind its hello without waiting goes up when that has been answered", async () => {
  const sent: (string | undefined)[] = [];
  const listed = Promise.withResolvers<void>();
  const near = way(() => undefined);
  const far = way((message, transport) => {
    sent.push(message.method);
    if (message.method === "tools/list") listed.resolve();
    setImmediate(() => {
      sent.push(`answer to ${message.method}`);
      initialize(message, transport);
    });
  });
  const transport = Object.assign(far, { setProtocolVersion: () => undefined });
  const bridge = new Bridge(near, async () => ({ transport, close: async () => undefined }) as unknown as Far);
  await bridge.start();
  const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "c", version: "1" } };
  near.onmessage?.({ jsonrpc: "2.0", id: 1, method: "initialize", params });
  near.onmessage?.({ jsonrpc: "2.0", method: "notifications/initialized" });
  near.onmessage?.({ jsonrpc: "2.0", id: 2, method: "tools/list" });
  await listed.promise;
  assert.deepEqual(sent, ["initialize", "answer to initialize", "notifications/initialized", "tools/list"]);
  await bridge.close();
});
