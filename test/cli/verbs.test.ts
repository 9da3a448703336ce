import assert from "node:assert/strict";
import { chmod, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ended, Sandbox, serving } from "./program.ts";

/** Elsewhere there is no systemd to stand in for; what launchd is told is tested as text. */
const NO_SYSTEMD = process.platform !== "linux";

test("status tells what runs, with its counts, or ends with 4 where nothing does", async () => {
  await using box = await Sandbox.create();
  const { child, url, port } = await serving(box);
  const running = await box.run(["status", "--port", String(port), "--json"]);
  const { pid, requests, url: told } = JSON.parse(running.stdout);
  assert.deepEqual({ code: running.code, pid, requests, told }, { code: 0, pid: child.pid, requests: 0, told: url });
  child.kill("SIGKILL");
  const { code, stdout, stderr } = await box.run(["status", "--port", "1", "--json"]);
  assert.deepEqual([code, stdout], [4, '{"ok":false,"url":"http://127.0.0.1:1"}\n']);
  assert.match(stderr, /codex-plus service install/);
});

test("status shows the token to a proxy that other machines reach, which else tells little of itself", async () => {
  await using box = await Sandbox.create();
  const { child, port } = await serving(box, "--host", "0.0.0.0", "--allow-remote");
  const own = await box.run(["status", "--port", String(port), "--json"]);
  const { pid, requests } = JSON.parse(own.stdout);
  assert.deepEqual({ code: own.code, pid, requests }, { code: 0, pid: child.pid, requests: 0 });
  await using other = await Sandbox.create();
  const { code, stderr } = await other.run(["status", "--port", String(port)]);
  assert.deepEqual([code, stderr.split(" answers")[0]], [4, "Something else than Codex-Plus"]);
});

test("a reader who has left is no failure of any verb", async () => {
  await using box = await Sandbox.create();
  for (const args of [["--help"], ["trust", "--help"], ["config"]]) {
    const child = box.start(args);
    child.stdout?.destroy();
    child.stdout = null;
    assert.deepEqual(await ended(child), { code: 0, stdout: "", stderr: "" }, args.join(" "));
  }
});

test("config shows each value with its source and no login of a proxy", async () => {
  await using box = await Sandbox.create();
  const file = await box.write("plus/config.json", '{"transport":"native"}');
  const { code, stdout } = await box.run(["config", "--json"], {
    CODEX_PLUS_PORT: "4000",
    HTTPS_PROXY: "http://u:secret@p:1",
  });
  const shown = JSON.parse(stdout);
  assert.equal(code, 0);
  assert.deepEqual(
    ["server.port", "transport", "upstream", "environment.httpsProxy"].map((name) => shown[name]),
    [
      { value: 4000, from: "CODEX_PLUS_PORT" },
      { value: "native", from: `${file} line 1` },
      { value: null, from: "default" },
      { value: "http://***@p:1", from: "HTTPS_PROXY" },
    ],
  );
});

test("setup without anybody to ask only shows; with --yes it does, and undo takes it back", async () => {
  await using box = await Sandbox.create();
  const file = await box.write("codex/config.toml", 'model = "x"\n', 0o644);
  const before = await readFile(file, "utf8");
  const results: unknown[] = [];
  for (const flags of [[], ["--dry-run"], ["--yes"], ["--yes"], ["--undo"], ["--undo", "--yes"], ["--undo", "--yes"]]) {
    const { code } = await box.run(["setup", ...flags]);
    results.push([flags.join(" "), code, (await readFile(file, "utf8")) === before]);
  }
  assert.deepEqual(results, [
    ["", 2, true],
    ["--dry-run", 0, true],
    ["--yes", 0, false],
    ["--yes", 0, false],
    ["--undo", 2, false],
    ["--undo --yes", 0, true],
    ["--undo --yes", 0, true],
  ]);
  assert.deepEqual(await readdir(join(box.folder, "codex")), ["config.toml"]);
});

test("setup registers the hook program where it is wanted, once, and run then leaves it to the file", async () => {
  await using box = await Sandbox.create();
  await box.fakeCodex("console.log(JSON.stringify(process.argv.slice(2)));");
  const { stdout } = await box.run(["setup", "--yes", "--hooks"]);
  assert.match(stdout, /\+\[\[hooks\.PreToolUse\]\]/);
  assert.match(stdout, /once you have approved them/);
  const file = `${box.folder}/codex/config.toml`;
  assert.equal((await readFile(file, "utf8")).match(/plus\/bin\/hook/g)?.length, 6);
  await box.write("plus/config.json", JSON.stringify({ hooks: { register: "always" } }));
  assert.equal(JSON.parse((await box.run(["run", "--port", "0", "exec"])).stdout).length, 3);
  await box.run(["setup", "--undo", "--yes"]);
  await assert.rejects(readFile(file), { code: "ENOENT" });
});

test("setup says what NO_PROXY needs and that nothing serves yet", async () => {
  await using box = await Sandbox.create();
  const { stdout } = await box.run(["setup", "--dry-run", "--port", "1"], {
    HTTP_PROXY: "http://p:1",
    NO_PROXY: ".corp",
  });
  assert.match(stdout, /\+openai_base_url = "http:\/\/127\.0\.0\.1:1"/);
  const done = await box.run(["setup", "--yes", "--port", "1"], { HTTP_PROXY: "http://p:1", NO_PROXY: ".corp" });
  assert.match(done.stdout, /Nothing serves http:\/\/127\.0\.0\.1:1 yet/);
  assert.match(done.stdout, /export NO_PROXY=\.corp,127\.0\.0\.1,localhost$/m);
});

test("service writes its unit, starts it by systemctl, and takes all of it back", {
  skip: NO_SYSTEMD,
}, async () => {
  await using box = await Sandbox.create();
  // Stands for systemd: notes every call, and starts on `restart` what the unit file says.
  const calls = join(box.folder, "calls");
  const unit = join(box.folder, ".config/systemd/user/codex-plus.service");
  await box.write(
    "bin/systemctl",
    `#!/bin/sh
echo "$*" >> "${calls}"
case "$2" in
  restart) { eval exec "$(sed -n 's/^ExecStart=//p' "${unit}")" --log silent; } >/dev/null 2>&1 & echo $! > "${box.folder}/pid" ;;
  disable) kill "$(cat "${box.folder}/pid")" ;;
esac
`,
  );
  await chmod(join(box.folder, "bin/systemctl"), 0o755);
  // A port of the system's choosing, free again by the time the service wants it.
  const { child, port } = await serving(box);
  child.kill("SIGKILL");
  const variables = { CODEX_PLUS_PORT: String(port) };
  const install = await box.run(["service", "install"], variables);
  assert.equal(install.code, 0, install.stderr);
  assert.match(install.stdout, new RegExp(`answers at http://127\\.0\\.0\\.1:${port}; its file is ${unit}`));
  assert.match(await readFile(unit, "utf8"), new RegExp(`^Environment="CODEX_PLUS_PORT=${port}"$`, "m"));
  assert.equal((await box.run(["service", "status"], variables)).code, 0);
  assert.equal((await box.run(["service", "uninstall"], variables)).code, 0);
  assert.deepEqual((await readFile(calls, "utf8")).trim().split("\n"), [
    "--user show-environment",
    "--user daemon-reload",
    "--user enable codex-plus.service",
    "--user restart codex-plus.service",
    "--user is-active codex-plus.service",
    "--user show-environment",
    "--user disable --now codex-plus.service",
    "--user daemon-reload",
  ]);
  assert.equal((await box.run(["service", "status"], variables)).code, 4);
});

test("where no systemd answers, service says what to do instead and writes nothing", {
  skip: NO_SYSTEMD,
}, async () => {
  await using box = await Sandbox.create();
  await box.write("bin/systemctl", "#!/bin/sh\necho 'Failed to connect to bus' >&2\nexit 1\n", 0o755);
  const { code, stderr } = await box.run(["service", "install"]);
  assert.equal(code, 1);
  assert.match(stderr, /Failed to connect to bus\); use codex-plus serve or codex-plus run instead/);
  assert.deepEqual(await readdir(box.folder), ["bin"]);
});
