import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { Listing } from "./listing.ts";

test("however often a server says that all has changed, it is asked at once, and then once a while later", async (context) => {
  let asked = 0;
  const server = new Server({ name: "restless", version: "1" }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => {
    asked += 1;
    return { tools: [] };
  });
  const client = new Client({ name: "test", version: "1" });
  const [near, far] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(far), client.connect(near)]);
  context.after(() => client.close());

  const third = Promise.withResolvers<void>();
  const listing = new Listing(client, 10_000, () => {
    if (asked === 3) third.resolve();
  });
  await listing.look();
  for (let told = 0; told < 10; told++) {
    listing.changed();
    await client.ping();
  }
  assert.equal(asked, 2);
  await third.promise;
  assert.equal(asked, 3);
  listing.close();
});
