import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test, { suite } from "node:test";
import fc from "fast-check";
import type { Item } from "../../../protocol/request.ts";
import type { ItemFacts } from "../../ledger.ts";
import { itemFacts } from "./item.ts";

const facts = (item: Item): ItemFacts => itemFacts(item, { blobBytes: 1000, json: JSON.stringify(item) });
const labelled = (kinds: string[], texts: string[], more: Item = {}): Item => ({
  type: "message",
  id: "msg_1",
  role: "user",
  content: texts.map((text) => ({ type: "input_text", text })),
  internal_chat_message_metadata_passthrough: { turn_id: "t1", content_item_kinds: kinds },
  ...more,
});
const said = (role: string, text: string): Item => ({ role, content: text });

suite("An item's facts", () => {
  test("are its id, what it says, hashed, whose words they are, and the JSON as it came", () => {
    const json =
      '{"type":"custom_tool_call","id":"ctc_1", "call_id":"call_1","name":"exec","namespace":"functions","input":"ls"}';
    const { hash, ...rest } = itemFacts(JSON.parse(json), { blobBytes: 0, json });
    assert.match(hash, /^[0-9a-f]{32}$/);
    assert.deepEqual(rest, {
      id: "ctc_1",
      type: "custom_tool_call",
      role: "tool",
      tool: "exec",
      text: "ls",
      callId: "call_1",
      body: json,
      partial: false,
      blobs: [],
    });
  });

  test("are found again by an id with half a character in it", () => {
    assert.equal(facts({ type: "message", id: "a\ud800" }).id, "a\ufffd");
  });

  const read: [string, Item, Partial<ItemFacts>][] = [
    ["a prompt", labelled(["user.text"], ["Say hello"]), { role: "user", text: "Say hello" }],
    [
      "a prompt with a picture, but not the tags around it",
      labelled(
        ["user.text", "user.image", "user.text", "user.text"],
        ["<image name=[Image #1]>", "", "</image>", "Look"],
      ),
      { role: "user", text: "Look" },
    ],
    [
      "no context that comes in the user's role",
      labelled(["agents_md.instructions", "environments.environment_context"], ["Be terse", "<cwd>"]),
      { role: "context", text: "" },
    ],
    [
      "a command that was run in the terminal, with its output",
      labelled(["shell.user_command"], ["<user_shell_command>ls</user_shell_command>"]),
      { role: "tool", tool: "shell", text: "<user_shell_command>ls</user_shell_command>" },
    ],
    ["a prompt without labels", said("user", "Hi"), { type: "message", role: "user", text: "Hi" }],
    ["no context without labels", said("user", "<environment_context>x"), { role: "context", text: "" }],
    [
      "no summary that Codex has made of a conversation",
      said("user", "Another language model started to solve this problem and produced a summary"),
      { role: "context", text: "" },
    ],
    ["no instructions", said("developer", "Be brief"), { role: "context", text: "" }],
    [
      "an answer in several parts",
      { type: "message", role: "assistant", content: [{ text: "a" }, { type: "refusal", refusal: "no" }] },
      { role: "assistant", text: "a\nno" },
    ],
    [
      "a sub-agent's mail",
      { type: "agent_message", author: "/root/a", content: [{ text: "done" }, { encrypted_content: "x" }] },
      { role: "assistant", text: "done" },
    ],
    [
      "a summary of thoughts",
      { type: "reasoning", summary: [{ text: "Hm" }], content: null, encrypted_content: "x" },
      { role: "reasoning", text: "Hm" },
    ],
    [
      "arguments, without the escapes of JSON",
      {
        type: "function_call",
        name: "f",
        namespace: "mcp__x",
        arguments: '{"path":"a\\nb","list":["c",1],"deep":{"d":null}}',
      },
      { role: "tool", tool: "mcp__x.f", text: "path: a\nb\nlist: c 1\ndeep: d: " },
    ],
    [
      "arguments that are no JSON",
      { type: "function_call", name: "f", arguments: "{oops" },
      { tool: "f", text: "{oops" },
    ],
    [
      "a shell's command",
      { type: "local_shell_call", action: { type: "exec", command: ["ls", "-l"] } },
      { tool: "local_shell", text: "ls -l" },
    ],
    [
      "a search",
      { type: "web_search_call", action: { type: "search", query: "q" } },
      { tool: "web_search", text: "q" },
    ],
    [
      "what a tool at the model's side gave",
      { type: "mcp_call", name: "f", server_label: "x", arguments: "{}", output: "ok" },
      { tool: "x.f", text: "{}\nok" },
    ],
    [
      "an output in parts",
      { type: "custom_tool_call_output", call_id: "c", output: [{ type: "input_text", text: "a" }, { text: "b" }] },
      { role: "tool", callId: "c", text: "a\nb" },
    ],
    [
      "an output of older versions",
      { type: "function_call_output", call_id: "c", output: '{"output":"hi","metadata":{"exit_code":0}}' },
      { role: "tool", text: "hi" },
    ],
    [
      "no output that belongs to no call",
      { type: "function_call_output", name: "ide", output: "open files" },
      { role: "context", text: "" },
    ],
    ["no list of tools", { type: "additional_tools", role: "developer", tools: [] }, { role: "context", text: "" }],
    [
      "nothing in what nobody knows",
      { type: "new_thing", text: "x" },
      { type: "new_thing", role: "context", text: "" },
    ],
    ["nothing in nothing", {}, { type: "unknown", role: "context", text: "" }],
  ];
  for (const [title, item, expected] of read) {
    test(`tell ${title}`, () => {
      const found: Partial<Record<string, unknown>> = { ...facts(item) };
      assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, found[key]])), expected);
    });
  }

  const call = { type: "function_call", id: "fc_1", call_id: "c", name: "f", arguments: "{}", status: "completed" };
  const same: [string, Item, Item, boolean][] = [
    [
      "an answer that an SDK sends back as one text",
      {
        type: "message",
        id: "m",
        role: "assistant",
        content: [{ type: "output_text", text: "a", annotations: [] }, { text: "b" }],
      },
      said("assistant", "ab"),
      true,
    ],
    ["one text and another", said("user", "a"), said("user", "b"), false],
    ["one text of two roles", said("user", "a"), said("assistant", "a"), false],
    [
      "a call with another id and no status",
      call,
      { name: "f", type: "function_call", call_id: "c", arguments: "{}" },
      true,
    ],
    ["two calls that differ in their call id", call, { ...call, call_id: "d" }, false],
    [
      "reasoning that came back without its content",
      { type: "reasoning", summary: [], content: [{ text: "x" }], encrypted_content: "e" },
      { type: "reasoning", summary: [], content: null, encrypted_content: "e" },
      true,
    ],
  ];
  for (const [title, one, other, expected] of same) {
    test(`have ${expected ? "one hash" : "two hashes"} for ${title}`, () => {
      assert.equal(facts(one).hash === facts(other).hash, expected);
    });
  }

  test("hold pictures apart, once each; large ones without their bytes", () => {
    const small = Buffer.from("small picture");
    const large = Buffer.alloc(1001, 7);
    const url = (bytes: Buffer): string => `data:image/png;base64,${bytes.toString("base64")}`;
    const sha = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
    const item = {
      type: "message",
      role: "user",
      content: [
        { type: "input_image", image_url: url(small) },
        { type: "image_url", image_url: { url: url(large) } },
        { type: "input_image", image_url: url(small) },
        { type: "input_image", image_url: "https://example.com/a.png" },
        { type: "input_text", text: url(small) },
      ],
    };
    const { body, blobs } = facts(item);
    assert.deepEqual(JSON.parse(body).content, [
      { type: "input_image", image_url: `codex-plus:blob/${sha(small)}` },
      { type: "image_url", image_url: { url: `codex-plus:blob/${sha(large)}` } },
      { type: "input_image", image_url: `codex-plus:blob/${sha(small)}` },
      { type: "input_image", image_url: "https://example.com/a.png" },
      { type: "input_text", text: url(small) },
    ]);
    assert.deepEqual(blobs, [
      { hash: sha(small), mediaType: "image/png", size: small.length, bytes: small },
      { hash: sha(large), mediaType: "image/png", size: 1001 },
    ]);
  });

  test("hold a drawn picture apart", () => {
    const bytes = Buffer.from("drawn");
    const made = { type: "image_generation_call", id: "ig_1", revised_prompt: "a cat", output_format: "webp" };
    const { body, blobs, tool, text } = facts({ ...made, result: bytes.toString("base64") });
    const hash = createHash("sha256").update(bytes).digest("hex");
    assert.deepEqual(
      [JSON.parse(body), blobs, tool, text],
      [
        { ...made, result: `codex-plus:blob/${hash}` },
        [{ hash, mediaType: "image/webp", size: 5, bytes }],
        "image_generation",
        "a cat",
      ],
    );
  });

  test("can be had of any object", () => {
    const part = fc.oneof(
      fc.string(),
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom("text", "type", "image_url"), fc.jsonValue()),
    );
    const field = fc.constantFrom(
      "type",
      "role",
      "content",
      "output",
      "summary",
      "action",
      "arguments",
      "id",
      "result",
      "name",
    );
    const value = fc.oneof(
      fc.jsonValue(),
      fc.array(part),
      fc.constantFrom("message", "user", "x_call", "x_output", "data:;base64,AA"),
    );
    fc.assert(
      fc.property(fc.dictionary(field, value), (item) => {
        const { body, text, hash } = facts(item);
        assert.deepEqual([typeof text, hash.length, typeof JSON.parse(body)], ["string", 32, "object"]);
      }),
    );
  });
});
