import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { suite, type TestContext } from "node:test";
import { promisify } from "node:util";
import { createLogger } from "./log.ts";

/** Logs, logs again when it is told to go on, and ends by itself or at once. */
const PROGRAM = `
  import { once } from "node:events";
  import { createLogger } from ${JSON.stringify(new URL("./log.ts", import.meta.url).href)};
  const log = createLogger("info", process.argv[1]);
  log.info("one");
  await once(process.stdin, "data");
  log.info("two");
  log.flush();
  console.log("alive");
  if (process.argv[2] === "at once") process.exit(0);
  process.stdin.destroy();
`;

/** @param patient whether the program goes on only when it has complained */
async function run(file: string, ending: string, patient: boolean): Promise<{ stdout: string; stderr: string }> {
  const program = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", PROGRAM, file, ending], {
    timeout: 10_000,
    killSignal: "SIGKILL",
  });
  const { child } = program;
  if (patient && child.stderr) await Promise.race([once(child.stderr, "data"), once(child, "exit")]);
  child.stdin?.on("error", () => undefined).write("go on\n");
  const { stdout, stderr } = await program;
  return { stdout, stderr };
}

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "codex-plus-log-"));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

suite("createLogger", { timeout: 20_000 }, () => {
  test("All lines are in the file when a process ends by itself, and the file is its owner's alone", async (t) => {
    const file = join(await folder(t), "logs", "x.log");
    const told = await run(file, "by itself", false);
    const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
    assert.deepEqual(
      [told, lines.map((line) => (JSON.parse(line) as { msg: string }).msg), (await stat(file)).mode & 0o777],
      [{ stdout: "alive\n", stderr: "" }, ["one", "two"], 0o600],
    );
  });

  for (const ending of ["by itself", "at once"]) {
    test(`A log that cannot be written is given up, said once, and lets a process end ${ending}`, async (t) => {
      // A folder in the place of the file; and, where there is one, a disk without room.
      const files = [await folder(t), ...(existsSync("/dev/full") ? ["/dev/full"] : [])];
      for (const file of files) {
        const { stdout, stderr } = await run(file, ending, true);
        assert.equal(stdout, "alive\n");
        assert.match(stderr, /^codex-plus: nothing more is logged to .+: (EISDIR|ENOSPC).*\n$/);
      }
    });
  }
});

test("an error of the JSON parser is logged without the text that it quotes", () => {
  const lines: string[] = [];
  const log = createLogger("info", { write: (line: string) => void lines.push(line) });
  try {
    JSON.parse('{"said": my secret words}');
  } catch (err) {
    log.error({ err }, "a stage failed");
  }
  log.error({ err: new TypeError("no such item") }, "a stage failed");
  const [first, second] = lines.map((line) => JSON.parse(line).err);
  assert.deepEqual([first.type, first.message], ["SyntaxError", "what was to be read is not valid"]);
  assert.ok(!lines.join().includes("secret"));
  assert.deepEqual([second.type, second.message], ["TypeError", "no such item"]);
});
