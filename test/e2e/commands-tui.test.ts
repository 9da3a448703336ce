/** Commands as people type them: in Codex's own terminal interface, which keeps `/name` for itself. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { x } from "tinyexec";
import { steps } from "../../src/testing/index.ts";
import { begun } from "./replies.ts";
import { openTerminal } from "./tmux.ts";
import { WIRES, type World, world } from "./world.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** The last texts of the user's role in the newest main request: the prompt as upstream got it. */
function lastPrompt({ mock }: World): string | undefined {
  const input = mock.record.turns.findLast(({ kind }) => kind === "main")?.json.input;
  const items: readonly { role?: string; content?: { text?: string }[] }[] = Array.isArray(input) ? input : [];
  const texts = items
    .filter(({ role }) => role === "user")
    .flatMap(({ content }) => (content ?? []).map(({ text }) => text ?? ""));
  return texts.findLast((text) => !text.includes("<skill>"));
}

const mainTurns = ({ mock }: World): number => mock.record.turns.filter(({ kind }) => kind === "main").length;

for (const wire of WIRES) {
  test(`${wire}: in the terminal a space, // and $ reach a command, and built-ins look right`, {
    timeout: 60_000,
  }, async (t) => {
    const here = await world(t, { route: "proxy", wire, credential: "apikey" });
    await mkdir(join(here.cwd, ".claude/commands"), { recursive: true });
    await writeFile(join(here.cwd, ".claude/commands/hello.md"), "---\ndescription: greets\n---\nHello: $ARGUMENTS.");
    const home = join(here.environment.HOME ?? "", "plus");
    const env = { ...here.environment, CODEX_PLUS_HOME: home };
    const sync = await x(process.execPath, [MAIN, "sync"], { nodeOptions: { cwd: here.cwd, env } });
    assert.equal(sync.exitCode, 0, sync.stderr);

    const terminal = await openTerminal(here, [here.codex, "--no-daemon"]);
    await terminal.shows(/Ask Codex to do anything/);
    await terminal.enter("//hello one two");
    await terminal.shows(/^• echo: .*Hello: one two\.|Hello: one two\.$/);
    assert.equal(lastPrompt(here), "Hello: one two.");
    await terminal.enter(" /hello three");
    await terminal.shows(/Hello: three\.$/);
    assert.equal(lastPrompt(here), "Hello: three.");
    await terminal.enter("$hello four");
    await terminal.shows(/Hello: four\.$/);
    assert.equal(lastPrompt(here), "Hello: four.");

    const before = mainTurns(here);
    await terminal.enter("//status");
    await terminal.shows(/upstream/);
    await terminal.enter("//help");
    const help = await terminal.shows(/It keeps|keeps \/name|In Codex's terminal/);
    assert.ok(
      help.some((line) => line.includes("/hello")),
      help.join("\n"),
    );
    assert.equal(mainTurns(here), before, "built-ins stay here");

    await terminal.enter("plain words");
    await terminal.shows(/^• echo: plain words$/);
    assert.equal(lastPrompt(here), "plain words");
    assert.deepEqual(here.mock.record.violations, []);
  });
}

for (const wire of WIRES) {
  test(`${wire}: a command stays what it became through Esc, steering and what follows`, {
    timeout: 60_000,
  }, async (t) => {
    const here = await world(t, { route: "proxy", wire, credential: "apikey" });
    await mkdir(join(here.cwd, ".claude/commands"), { recursive: true });
    await writeFile(join(here.cwd, ".claude/commands/hello.md"), "Hello: $ARGUMENTS.");
    const terminal = await openTerminal(here, [here.codex, "--no-daemon"]);
    await terminal.shows(/Ask Codex to do anything/);
    await terminal.enter("//hello one");
    await terminal.shows(/Hello: one\.$/);
    await terminal.enter("//plus");
    await terminal.shows(/codex-plus config/);

    here.mock.script(begun(steps.silence()));
    await terminal.enter("a long story");
    await terminal.shows(/so far/);
    await terminal.press("Escape");
    await terminal.shows(/interrupted/i);
    await terminal.enter("after esc");
    await terminal.shows(/^• echo: after esc$/);
    assertHistory(here, ["Hello: one.", "a long story", "after esc"]);

    here.mock.script(begun(steps.silence()));
    await terminal.enter("another story");
    await here.mock.record.until(() => texts(here).includes("another story"));
    await terminal.enter("no, this one");
    await terminal.shows(/^• echo: no, this one$/);
    await terminal.enter("//hello two");
    await terminal.shows(/Hello: two\.$/);
    assert.equal(lastPrompt(here), "Hello: two.");
    assert.deepEqual(here.mock.record.violations, []);
  });
}

/** All texts of the user's role that upstream has been sent in main requests. */
function texts({ mock }: World): string[] {
  return mock.record.turns
    .filter(({ kind }) => kind === "main")
    .flatMap(({ json }) => (Array.isArray(json.input) ? json.input : []))
    .filter(({ role }) => role === "user")
    .flatMap(({ content }: { content?: { text?: string }[] }) => (content ?? []).map(({ text }) => text ?? ""));
}

/** Upstream has seen each of these, and never what was typed to make them, nor what was answered here. */
function assertHistory(here: World, expected: readonly string[]): void {
  const seen = texts(here);
  for (const text of expected) assert.ok(seen.includes(text), `${text} in ${JSON.stringify(seen)}`);
  assert.deepEqual(
    seen.filter((text) => text.startsWith("/")),
    [],
  );
}
