import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { settingsSchema } from "../../config/schema.ts";
import { planSetup, planUndo } from "./change.ts";
import { parseToml } from "./edit.ts";
import { addServer, entryIn, removeServer, serverLines } from "./mcp.ts";

const URL = "http://127.0.0.1:3000";
const config = { ...settingsSchema.parse({}), environment: { home: "/home/me/plus", codexHome: "/home/me/.codex" } };
const lines = (text: string) => serverLines(text, config);

test("the table is added behind whatever a file holds, and taken out again to the byte", () => {
  for (const text of ["", "a = 1", "# mine\r\na = 1\r\n[mcp_servers.docs]\r\nurl = 'http://x'\r\n"]) {
    const after = addServer(text, lines(text)) ?? "";
    assert.ok(after.startsWith(text));
    const { plus } = parseToml(after).mcp_servers as {
      plus: { env: object; args: string[]; tool_timeout_sec: bigint };
    };
    assert.deepEqual(
      { env: { ...plus.env }, seconds: plus.tool_timeout_sec, args: plus.args.slice(1) },
      { env: { CODEX_PLUS_HOME: "/home/me/plus" }, seconds: 605n, args: ["mcp", "serve"] },
    );
    assert.equal(removeServer(after, lines(text)), text);
  }
});

test("servers written as a value cannot be followed by a table", () => {
  const text = "mcp_servers = { docs = { url = 'http://x' } }";
  assert.equal(addServer(text, lines(text)), undefined);
});

test("an entry of a person's own is told from ours", () => {
  const entries = ["", "[mcp_servers.plus]\nurl = 'http://x'\n", lines("")].map((text) => entryIn(parseToml(text)));
  assert.deepEqual(entries, ["none", "other", "ours"]);
});

test("what Codex puts below our table goes with it, and nothing else does", () => {
  const allowed = '[mcp_servers.plus.tools.memory__read]\napproval_mode = "approve"\n';
  const others = '\n[mcp_servers.docs]\nurl = "http://x"\n[mcp_servers.docs.tools.a]\napproval_mode = "approve"\n';
  const text = `a = 1\n${lines("a = 1\n")}\n${allowed}${others}`;
  const rest = removeServer(text, lines("a = 1\n"));
  assert.deepEqual(parseToml(rest), parseToml(`a = 1\n${others}`));
});

test("setup with servers goes back to what was there", async () => {
  const folder = await mkdtemp(join(tmpdir(), "codex-plus-"));
  try {
    const [file, state] = [join(folder, "config.toml"), join(folder, "plus", "setup.json")];
    await writeFile(file, "a = 1\n");
    await (await planSetup(folder, state, URL))?.carryOut();
    await (await planSetup(folder, state, URL, undefined, lines))?.carryOut();
    assert.equal(await planSetup(folder, state, URL, undefined, lines), undefined);
    const written = await readFile(file, "utf8");
    assert.equal(entryIn(parseToml(written)), "ours");
    await writeFile(file, `${written}[features]\nb = true\n`);
    await (await planUndo(state))?.carryOut();
    assert.equal(await readFile(file, "utf8"), "a = 1\n[features]\nb = true\n");
  } finally {
    await rm(folder, { recursive: true });
  }
});
