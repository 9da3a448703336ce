/** Prompts of a real MCP server as commands, through the proxy, on both wires. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Client, commands, scene } from "../hooks/scene.ts";
import { EVERYTHING, inputOf, lastUser, shown, writeServers } from "./everything.ts";

const command = (name: string, args = ""): string =>
  `<command-message>${name}</command-message>\n<command-name>/${name}</command-name>\n${args === "" ? "" : `<command-args>${args}</command-args>\n`}`;
const ARGS = "mcp__everything__args-prompt";

test("prompts of MCP servers are commands", async (t) => {
  const s = await scene(t);
  await writeServers(s, { everything: EVERYTHING });

  await t.test("one that nobody has heard of starts its server, which then is known", async (t) => {
    const client = new Client(t, s, "sse");
    assert.equal(
      shown(await client.type("/mcp__everything__args-promt Paris")),
      "MCP server everything has no prompt args-promt. Did you mean //mcp__everything__args-prompt?",
    );
    const help = shown(await client.type("/help"));
    assert.match(
      help,
      /\*\*MCP server everything\*\*\n- `\/mcp__everything__args-prompt <city> \[state\]` A prompt with two/,
    );
    assert.match(help, /`\/mcp__everything__simple-prompt` A prompt with no arguments/);
    assert.equal(s.mock.record.turns.length, 0);
  });

  for (const wire of ["sse", "ws"] as const) {
    await t.test(`${wire}: its text goes up, with its arguments, and stays so on later requests`, async (t) => {
      const client = new Client(t, s, wire);
      await client.type(`/${ARGS} Paris Texas and-more`);
      const parts = [command(ARGS, "Paris Texas and-more"), "What's weather in Paris, Texas?"];
      assert.deepEqual(lastUser(s), parts);
      client.hangUp();
      await client.type("and now?");
      const said = inputOf(s).filter(({ role }) => role === "user");
      assert.deepEqual(said.map(({ content }) => (content as { text: string }[]).map(({ text }) => text)).slice(1), [
        parts,
        ["and now?"],
      ]);
      assert.deepEqual(s.mock.record.violations, []);
    });

    await t.test(`${wire}: what is missing is told by name, and nothing goes up`, async (t) => {
      const before = s.mock.record.turns.length;
      assert.equal(
        shown(await new Client(t, s, wire).type("//mcp__everything__completable-prompt Sales")),
        [
          "/mcp__everything__completable-prompt was not run: name is missing.",
          "Type: /mcp__everything__completable-prompt <department> <name>",
          "- department: Choose the department.",
          "- name: Choose a team member to lead the selected department.",
        ].join("\n"),
      );
      assert.equal(s.mock.record.turns.length, before);
    });

    await t.test(`${wire}: resources within a prompt go along as text; what is no text is told of`, async (t) => {
      const client = new Client(t, s, wire);
      await client.type("/mcp__everything__resource-prompt Text 7");
      const [, text, resource] = lastUser(s);
      assert.match(String(text), /This prompt includes the Text resource with id: 7/);
      assert.match(
        String(resource),
        /^<mcp-resource server="everything" uri="demo:\/\/resource\/dynamic\/text\/7">\nResource 7: This is a plaintext/,
      );
      await client.type("/mcp__everything__resource-prompt Blob 7");
      assert.match(String(lastUser(s)[2]), /\[not attached: it is no text \(text\/plain, \d+ bytes\)\]/);
    });
  }

  await t.test("what a server refuses is told", async (t) => {
    assert.match(
      shown(await new Client(t, s, "sse").type("/mcp__everything__resource-prompt Nothing 7")),
      /^\/mcp__everything__resource-prompt: everything says: .*Invalid resourceType: Nothing/,
    );
  });

  await t.test("hooks are told of a prompt of a server as such", async (t) => {
    const told = join(s.root, "told.json");
    await s.hooks({ UserPromptExpansion: commands(`cat > ${told}`) });
    await new Client(t, s, "sse").type("/mcp__everything__simple-prompt");
    const { expansion_type, command_name, command_source } = JSON.parse(await readFile(told, "utf8"));
    assert.deepEqual(
      { expansion_type, command_name, command_source },
      {
        expansion_type: "mcp_prompt",
        command_name: "mcp__everything__simple-prompt",
        command_source: "MCP server everything",
      },
    );
  });
});

test("a talk goes up as one message that says who said what, with its pictures", async (t) => {
  const s = await scene(t);
  await writeServers(s, {
    "my.odd x": { command: process.execPath, args: [join(import.meta.dirname, "odd-process.ts")] },
  });
  const client = new Client(t, s, "ws");
  await client.type("/mcp__my_odd_x__nothing");
  await client.type('/mcp__my_odd_x__greet me bob "very well" x');
  const [typed] = client.history.filter(({ role }) => role === "user").slice(-1);
  const sent = inputOf(s).at(-1);
  assert.deepEqual(sent, {
    ...typed,
    content: [
      { type: "input_text", text: command("mcp__my_odd_x__greet me", 'bob "very well" x') },
      { type: "input_text", text: 'User:\nI am bob, "very' },
      { type: "input_text", text: "Assistant:\nHello." },
      { type: "input_image", image_url: "data:image/png;base64,AA==" },
    ],
    internal_chat_message_metadata_passthrough: {
      ...(typed?.internal_chat_message_metadata_passthrough as object),
      content_item_kinds: ["user.text", "user.text", "user.text", "user.image"],
    },
  });
  assert.deepEqual(s.mock.record.violations, []);
});
