/** The real Codex: each turn is a process of its own (`exec`, then `exec resume`), and so is the proxy's memory. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fetchCodex } from "../../scripts/fetch-codex.ts";
import { startApp } from "../../src/app.ts";
import { settingsSchema } from "../../src/config/schema.ts";
import { createLogger } from "../../src/log.ts";
import { Continuity } from "../../src/sessions/continuity/index.ts";
import { sqliteShelf } from "../../src/sessions/sqlite/continuity.ts";
import { continuity } from "../../src/stages/continuity.ts";
import { writeCodexHome } from "../../src/testing/codex/home.ts";
import { features } from "./features.ts";
import { gist } from "./gist.ts";
import { startBackend } from "./socket-line.ts";

const log = createLogger("silent");

for (const wire of ["ws", "sse"] as const) {
  test(`Codex is answered, rewritten and lied to, and resumed after each: upstream sees one history, on ${wire}`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "codex-plus-real-"));
    t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    const { mock, upstream } = await startBackend();
    t.after(() => mock.stop());
    const [cwd, codexHome, codex] = [join(folder, "work"), join(folder, "codex"), await fetchCodex()];
    await mkdir(cwd);

    const exec = async (...args: string[]): Promise<string> => {
      const settings = settingsSchema.parse({ server: { port: 0 }, upstream: mock.url, transport: "native" });
      const store = new Continuity(sqliteShelf(join(folder, "plus.db")), log);
      const stages = [continuity(store), features(() => store).stage];
      const app = await startApp({ ...settings, environment: { home: folder, codexHome } }, { log, stages });
      const accountUrl = `${mock.url}/backend-api`;
      await writeCodexHome(codexHome, { modelUrl: app.url, accountUrl, credential: "chatgpt", wire });
      const child = spawn(codex, ["exec", "--skip-git-repo-check", ...args], {
        cwd,
        env: { PATH: process.env.PATH ?? "", HOME: folder, CODEX_HOME: codexHome },
        stdio: ["ignore", "pipe", "ignore"],
      });
      const said = (await text(child.stdout)).trim();
      await app.stop();
      store.close();
      return said.replace(/\d+$/, "").trim();
    };

    const answers = [await exec("//ghost a")];
    for (const prompt of ["//rewrite tool", "//ghost b", "//ghost a", "and now?"]) {
      answers.push(await exec("resume", "--last", prompt));
    }
    assert.deepEqual(
      answers.map((answer) => answer.replace(/^(ok|answer)$/, "a model's answer")),
      ["reply", "a model's answer", "reply", "reply", "a model's answer"],
    );
    const history = upstream.sights.at(-1)?.history ?? [];
    const first = history.findIndex((item) => gist(item).startsWith(", and more"));
    assert.deepEqual(
      history
        .slice(first)
        .filter(({ type, role }) => type !== "reasoning" && type !== "configuration_update" && role !== "developer")
        .map(gist),
      [", and more ", "rewrite tool, written out ", "plus_tool", "call_", "answer", "and now?"],
    );
    assert.doesNotMatch(JSON.stringify(history), /\/\/(ghost|rewrite)/, "no command ever went up");
    assert.deepEqual(mock.record.violations, []);
  });
}
