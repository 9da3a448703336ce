import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Head } from "../turn.ts";
import { cwdOf, mayCall, promptOf, withParts } from "./prompt.ts";
import { RequestBody } from "./request.ts";

const head: Head = {
  wire: "ws",
  kind: "main",
  thread: "t",
  parents: [],
  turn: "u2",
  method: "GET",
  path: "/",
  headers: [],
};
const part = (text: string): object => ({ type: "input_text", text });
const user = (texts: string[], kinds?: string[], turn = "u2"): object => ({
  type: "message",
  role: "user",
  content: texts.map(part),
  ...(kinds && { internal_chat_message_metadata_passthrough: { turn_id: turn, content_item_kinds: kinds } }),
});
const bodyOf = (...input: object[]): RequestBody => new RequestBody(Buffer.from(JSON.stringify({ model: "m", input })));
const found = (...input: object[]): string | undefined => promptOf(head, bodyOf(...input))?.text;

test("the prompt is the newest text that a person typed, whatever stands behind it", () => {
  const context = user(
    ["# AGENTS.md instructions", "<environment_context/>"],
    ["agents_md.instructions", "environments.environment_context"],
  );
  const skill = user(["<skill>s</skill>"], ["skills.selected_skill_instructions"]);
  const effort = { type: "configuration_update", reasoning: { effort: "high" } };
  assert.equal(found(context, user(["/save"], ["user.text"]), skill, effort), "/save");
});

test("the tags around an image are not what was typed", () => {
  const image = user(
    ["<image name=[1]>", "", "</image>", "/look at this"],
    ["user.text", "user.image", "user.text", "user.text"],
  );
  assert.equal(found(image), "/look at this");
});

test("a request that brings only outputs, or only prompts of earlier turns, has no prompt", () => {
  const output = { type: "function_call_output", call_id: "c", output: "/save" };
  assert.equal(found(output), undefined);
  assert.equal(found(user(["/save"], ["user.text"], "u1"), output), undefined);
  assert.equal(found(), undefined);
});

test("without labels, what Codex itself puts in is known by how it begins", () => {
  assert.equal(found(user(["/save"]), user(["<user_shell_command>ls</user_shell_command>"])), "/save");
  assert.equal(found(user(["<environment_context>x</environment_context>"])), undefined);
  assert.equal(found({ role: "user", content: "/plain text" }), "/plain text");
});

test("other parts in the prompt's place keep the rest of the message and its labels in step", () => {
  const labels = {
    turn_id: "u2",
    content_item_kinds: ["user.image", "user.text"],
    content_item_metadata: [{ a: 1 }, { b: 2 }],
  };
  const item = { ...user(["image", "/x"]), id: "msg_1", internal_chat_message_metadata_passthrough: labels };
  const prompt = promptOf(head, bodyOf(item));
  assert.ok(prompt);
  assert.deepEqual(withParts(prompt, ["one", { image: "data:image/png;base64,AA==" }]), {
    ...item,
    content: [part("image"), part("one"), { type: "input_image", image_url: "data:image/png;base64,AA==" }],
    internal_chat_message_metadata_passthrough: {
      turn_id: "u2",
      content_item_kinds: ["user.image", "user.text", "user.image"],
      content_item_metadata: [{ a: 1 }, { b: 2 }, { b: 2 }],
    },
  });
});

test("the folder comes from the environment context where the metadata names none", () => {
  assert.equal(
    cwdOf(bodyOf(user(["x"]), user(["<environment_context>\n  <cwd>/home/a b</cwd>\n</environment_context>"]))),
    "/home/a b",
  );
  assert.equal(cwdOf(bodyOf(user(["<environment_context><cwd>C:\\work</cwd></environment_context>"]))), "C:\\work");
  assert.equal(cwdOf(bodyOf(user(["<cwd>/forged</cwd>"]))), undefined);
});

test("a quick search finds every text that could be a command, in any spacing and spelling", () => {
  const blank = fc.string({ unit: fc.constantFrom(" ", "\n", "\t", "\r"), maxLength: 3 });
  const text = fc.tuple(blank, fc.constantFrom("/", "$", "//"), fc.string()).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.string(), text, fc.constantFrom(0, 1, "\t"), fc.boolean(), (other, command, space, plain) => {
      const content = plain ? command : [part(other), part(command)];
      assert.ok(mayCall(Buffer.from(JSON.stringify({ input: [{ role: "user", content }] }, null, space))));
    }),
  );
  assert.ok(mayCall(Buffer.from('{"text":"\\/save"}')) && mayCall(Buffer.from('{"text":"\\u002fsave"}')));
});

test("and passes over texts that are none, and over JSON that is quoted in a text", () => {
  for (const text of ["plain", "a/b", " - /x", '{"text":"/save"}', "\\/x", '"/', ""]) {
    assert.equal(mayCall(Buffer.from(JSON.stringify({ input: [user([text])] }))), false, text);
  }
});
