/** The control route by which Codex's own hooks come in. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pathsOf } from "../../src/config/paths.ts";
import type { World } from "../e2e/world.ts";
import { type Groups, homeOf, hooked } from "./codex.ts";

interface Route {
  readonly world: World;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function route(t: TestContext, PreToolUse: Groups): Promise<Route> {
  const world = await hooked(t, { PreToolUse });
  const token = (await readFile(pathsOf(join(homeOf(world), "plus")).token, "utf8")).trim();
  const headers = { "x-codex-plus-token": token, "content-type": "application/json" };
  return { world, url: `${world.environment.OPENAI_BASE_URL}/_plus/hook`, headers };
}

const event = ({ world }: Route) =>
  JSON.stringify({
    hook_event_name: "PreToolUse",
    session_id: "s",
    cwd: world.cwd,
    tool_name: "Bash",
    tool_input: { command: "ls" },
    tool_use_id: "exec-1",
  });

test("it asks for the token, and takes nonsense for nothing", async (t) => {
  const deny = { type: "command", command: "echo no >&2; exit 2" };
  const there = await route(t, [{ hooks: [deny] }]);
  const post = (body: string, headers = there.headers) => fetch(there.url, { method: "POST", headers, body });
  const { "x-codex-plus-token": _, ...without } = there.headers;
  assert.equal((await post(event(there), without as typeof there.headers)).status, 401);
  assert.deepEqual(await (await post("{")).json(), {});
  const said = (await (await post(event(there))).json()) as { hookSpecificOutput?: { permissionDecision?: string } };
  assert.equal(said.hookSpecificOutput?.permissionDecision, "deny");
});

test("hooks of a call that Codex has given up are ended", async (t) => {
  const there = await route(t, [{ hooks: [{ type: "command", command: "echo $$ > pid; exec sleep 600" }] }]);
  const call = request(there.url, { method: "POST", headers: there.headers });
  call.on("error", () => undefined);
  call.end(event(there));
  const pid = await eventually(async () =>
    Number((await readFile(join(there.world.cwd, "pid"), "utf8")).trim() || "x"),
  );
  call.destroy();
  await eventually(async () => {
    if (isAlive(pid)) throw new Error("it runs still");
  });
});

/** What another process does tells of no event. */
async function eventually<T>(look: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      const seen = await look();
      if (!Number.isNaN(seen)) return seen;
    } catch {
      // Not yet.
    }
    await sleep(10);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
