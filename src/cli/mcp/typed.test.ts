import assert from "node:assert/strict";
import { test } from "node:test";
import { type Typed, typedServer } from "./typed.ts";

const typed = (line: readonly string[], flags: Typed = {}) => typedServer(line, flags);

test("a program has what stands behind it as its arguments, also what looks like one of our own values", () => {
  assert.deepEqual(typed(["db", "npx", "-y", "db", "A=1", "B: 2"]), {
    name: "db",
    definition: { type: "stdio", command: "npx", args: ["-y", "db", "A=1", "B: 2"] },
  });
});

test("several variables or headers behind one flag have come as words, in front of the name or behind it", () => {
  const program = { type: "stdio", command: "npx", args: ["x"], env: { A: "1", B: "2=3", C: "" } };
  assert.deepEqual(typed(["B=2=3", "db", "C=", "npx", "x"], { env: { A: "1" } }), { name: "db", definition: program });
  const address = { type: "sse", url: "https://h", headers: { A: "1", "X-B": "2: 3", C: "d" } };
  assert.deepEqual(typed(["X-B: 2: 3", "docs", "https://h", "C: d"], { transport: "sse", headers: { A: "1" } }), {
    name: "docs",
    definition: address,
  });
});

test("an address takes headers and what a login needs; where variables stand in it, it need not be one yet", () => {
  const flags = { transport: "streamable-http", clientId: "me", callbackPort: 4711 };
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a definition.
  const url = "${DOCS:-https://h}/mcp";
  assert.deepEqual(typed(["docs", url], flags), {
    name: "docs",
    definition: { type: "http", url, oauth: { clientId: "me", callbackPort: 4711 } },
  });
});

test("what cannot be meant is refused in words that show no secret", () => {
  const http = { transport: "http" };
  const refused: readonly [string[], Typed][] = [
    [["docs", "https://h/mcp?key=secret"], {}],
    [["docs", "h/secret"], http],
    [["docs", "https://h", "secret"], http],
    [["docs", "https://h"], { ...http, env: { A: "secret" } }],
    [["db", "npx"], { headers: { A: "secret" } }],
    [["db", "npx"], { clientId: "me" }],
    [["A=secret", "db"], {}],
  ];
  const words = refused.map(([line, flags]) => {
    try {
      return typed(line, flags);
    } catch (error) {
      return (error as Error).message;
    }
  });
  assert.deepEqual(words, [
    "that is an address; say how it is reached: codex-plus mcp add --transport http docs https://h/mcp",
    "docs: its address is none: one begins with https://, http://, wss:// or ws://",
    "an address takes nothing behind it, and there is more",
    "--env is for programs, not for addresses",
    "--header is for addresses, not for programs",
    "--client-id and --callback-port are for addresses, not for programs",
    "what starts the server, or its address, is missing",
  ]);
});
