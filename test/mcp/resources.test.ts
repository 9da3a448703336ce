/** `@server:uri` in a prompt, with a real MCP server, through the proxy, on both wires; and what `/mcp` tells of it. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Client, scene } from "../hooks/scene.ts";
import { EVERYTHING, EVERYTHING_FILES, inputOf, lastUser, shown, writeServers } from "./everything.ts";

const DOCUMENT = "demo://resource/static/document/features.md";

function resource(uri: string, text: string): string {
  return `<mcp-resource server="everything" uri="${uri}">\n${text}\n</mcp-resource>`;
}

test("resources that a prompt mentions go along with it", async (t) => {
  const s = await scene(t);
  await writeServers(s, { everything: EVERYTHING, away: { command: join(s.root, "no-such-program") } });
  const document = await readFile(join(EVERYTHING_FILES, "docs/features.md"), "utf8");

  for (const wire of ["sse", "ws"] as const) {
    await t.test(`${wire}: several, before the prompt, and so on every later request`, async (t) => {
      const client = new Client(t, s, wire);
      const prompt = `Compare @everything:${DOCUMENT} and @everything:demo://resource/dynamic/blob/1, said me@example.org`;
      await client.type(prompt);
      const parts = lastUser(s);
      assert.deepEqual(parts, [resource(DOCUMENT, document), parts[1], prompt]);
      assert.match(
        String(parts[1]),
        /^<mcp-resource server="everything" uri="demo:\/\/resource\/dynamic\/blob\/1">\n\[not attached: it is no text \(text\/plain, \d+ bytes\)\]\n/,
      );
      client.hangUp();
      await client.type("and now?");
      const said = inputOf(s).filter(({ role }) => role === "user");
      assert.deepEqual(said.map(({ content }) => (content as { text: string }[]).map(({ text }) => text)).slice(1), [
        parts,
        ["and now?"],
      ]);
      assert.deepEqual(s.mock.record.violations, []);
    });

    await t.test(`${wire}: what cannot be read says why; the prompt goes up all the same`, async (t) => {
      const prompt = "See @everything:demo://nothing/here and @away:file:///x";
      await new Client(t, s, wire).type(prompt);
      const [unknown, away, text] = lastUser(s);
      assert.match(String(unknown), /uri="demo:\/\/nothing\/here">\n\[not attached: everything says: .*not found/);
      assert.match(String(away), /server="away" uri="file:\/\/\/x">\n\[not attached: away .*ENOENT/);
      assert.equal(text, prompt);
    });

    await t.test(`${wire}: a name of no server, and a server's name without an address, are only text`, async (t) => {
      const client = new Client(t, s, wire);
      const prompt = "@nobody:file:///x @everything: what? @everything me@everything:x://y @everything:soon";
      await client.type(prompt);
      assert.deepEqual(inputOf(s).at(-1), client.history.filter(({ role }) => role === "user").at(-1));
    });
  }

  await t.test("a command's own text may mention one, what a server says may not", async (t) => {
    await s.write(".claude/commands/compare.md", "Compare $ARGUMENTS.");
    await new Client(t, s, "sse").type(`/compare @everything:${DOCUMENT}`);
    assert.deepEqual(lastUser(s).slice(0, 1), [resource(DOCUMENT, document)]);
    assert.equal(lastUser(s).at(-1), `Compare @everything:${DOCUMENT}.`);
    await new Client(t, s, "sse").type(`/mcp__everything__args-prompt @everything:${DOCUMENT}`);
    assert.equal(lastUser(s).length, 2);
  });

  await t.test(
    "a client that has no word for its folder names its project by a header, which does not go up",
    async () => {
      const ask = async (text: string): Promise<void> => {
        const headers = { "content-type": "application/json", "x-codex-plus-project": encodeURIComponent(s.project) };
        const input = [{ role: "user", content: [{ type: "input_text", text }] }];
        const body = JSON.stringify({ model: "gpt-6.1-sol", stream: true, input });
        const response = await fetch(`${s.app.url}/responses`, {
          method: "POST",
          headers: { ...headers, authorization: "Bearer sk-test" },
          body,
        });
        await response.text();
      };
      await ask("/compare these");
      assert.equal(lastUser(s).at(-1), "Compare these.");
      await ask(`see @everything:${DOCUMENT}`);
      assert.deepEqual(lastUser(s), [resource(DOCUMENT, document), `see @everything:${DOCUMENT}`]);
      const names = s.mock.record.turns.at(-1)?.request.rawHeaders.map((each) => each.toLowerCase());
      assert.equal(names?.includes("x-codex-plus-project"), false);
    },
  );

  await t.test("/mcp and /status tell the truth of each server", async (t) => {
    const client = new Client(t, s, "ws");
    const all = shown(await client.type("//mcp"));
    assert.match(all, /\| `everything` \| running, \d+ calls \| \d+ \| 4 \| \d+ and 2 templates \| user/);
    assert.match(all, /\| `away` \| failed: away .*ENOENT.* \| \? \| \? \| \? \|/);
    assert.match(all, /- `away`: to see what it does when it starts, in a shell: `codex-plus mcp test away`/);
    const one = shown(await client.type("/mcp everything"));
    assert.match(one, /\*\*4 prompts\*\*\n- `\/\/mcp__everything__simple-prompt`/);
    assert.match(one, /- `@everything:demo:\/\/resource\/static\/document\/features.md`/);
    assert.match(one, /- `mcp__everything__echo` Echoes back/);
    assert.match(
      shown(await client.type("/status")),
      /\| MCP \| 2 servers, 1 running, 1 failed: \/\/mcp tells more \|/,
    );
  });
});
