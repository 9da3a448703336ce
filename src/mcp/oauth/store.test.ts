import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { CodexPlusError } from "../../errors.ts";
import { renewing } from "./renewal.ts";
import { LoginStore } from "./store.ts";

const far = { name: "far out", config: { url: "https://far.example/mcp" } };
const tokens = { access_token: "a", token_type: "bearer", refresh_token: "r", issuer: "https://far.example/" };

describe("kept logins", () => {
  let folder: string;
  let path: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "codex-plus-logins-"));
    path = join(folder, "home", "mcp-logins.json");
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("stand in a file and a folder for their owner only, and are gone when they are forgotten", async () => {
    const store = new LoginStore(path);
    assert.equal(await store.get(far), undefined);
    await store.change(far, () => ({ tokens }));
    await store.keepSecret(far, "s");
    assert.deepEqual(await new LoginStore(path).get(far), { tokens, secret: "s" });
    assert.deepEqual(await store.named("far out"), [far]);
    const modes = await Promise.all([path, join(folder, "home")].map(async (one) => (await stat(one)).mode & 0o777));
    assert.deepEqual(modes, [0o600, 0o700]);
    await store.change(far, () => undefined);
    assert.deepEqual(JSON.parse(await readFile(path, "utf8")), { version: 1, servers: {} });
    assert.deepEqual(await readdir(join(folder, "home")), ["mcp-logins.json"]);
  });

  it("are all there when several processes write at once", async () => {
    const program = `
      import { LoginStore } from ${JSON.stringify(new URL("./store.ts", import.meta.url).href)};
      const store = new LoginStore(${JSON.stringify(path)});
      const one = (name) => store.change({ name, config: {} }, () => ({ secret: name }));
      await Promise.all(Array.from({ length: 10 }, (_, index) => one(process.argv[1] + index)));`;
    const children = ["a", "b", "c"].map((name) =>
      spawn(process.execPath, ["--input-type=module", "--eval", program, name], { stdio: "inherit" }),
    );
    const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0]));
    const { servers } = JSON.parse(await readFile(path, "utf8"));
    assert.deepEqual([codes, Object.keys(servers).length], [[0, 0, 0], 30]);
  });

  it("are left alone where the file is not ours, and nothing of it is told", async () => {
    const store = new LoginStore(join(folder, "other.json"));
    await writeFile(store.path, `{"access_token": secret}`);
    const failure = (error: CodexPlusError) => {
      const { code, message, cause } = error;
      assert.deepEqual(
        [code, message, cause],
        ["CP_FILE_UNUSABLE", `${store.path} is not a list of logins`, undefined],
      );
      return true;
    };
    await assert.rejects(store.get(far), failure);
    await assert.rejects(
      store.change(far, () => ({ tokens })),
      failure,
    );
    assert.equal(await readFile(store.path, "utf8"), `{"access_token": secret}`);
  });

  it("of which one was made anew are not ended by a refusal of the one before, nor overwritten by what comes late", async () => {
    const store = new LoginStore(join(folder, "race.json"));
    const anew = { ...tokens, access_token: "new", refresh_token: "r2" };
    const late = [
      Response.json({ error: "invalid_grant" }, { status: 400 }),
      Response.json({ access_token: "late", token_type: "bearer", refresh_token: "r3" }),
    ];
    for (const answer of late) {
      await store.change(far, () => ({ tokens }));
      const fetch = renewing(far, store, async () => {
        await store.change(far, () => ({ tokens: anew }));
        return answer;
      });
      const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token: "r" });
      await fetch("https://far.example/token", { method: "POST", body });
      assert.deepEqual(await store.get(far), { tokens: anew });
    }
  });

  it("are renewed once for all requests of a connection that find at the same moment that it has to be", async () => {
    const store = new LoginStore(join(folder, "crowd.json"));
    await store.change(far, () => ({ tokens }));
    let asked = 0;
    const fetch = renewing(far, store, async () => {
      asked += 1;
      return Response.json({ access_token: "b", token_type: "bearer" });
    });
    const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token: "r" });
    const renewal = async () => (await fetch("https://far.example/token", { method: "POST", body })).json();
    const got = { access_token: "b", token_type: "bearer" };
    assert.deepEqual([await Promise.all([renewal(), renewal(), renewal()]), asked], [[got, got, got], 1]);
    // A server that gives no new refresh token leaves the old one good (RFC 6749, section 6).
    assert.deepEqual(await store.get(far), { tokens: { ...tokens, access_token: "b" } });
  });

  it("that were forgotten are not brought back by a renewal", async () => {
    const store = new LoginStore(join(folder, "forgotten.json"));
    let asked = 0;
    const fetch = renewing(far, store, async () => {
      asked += 1;
      return new Response();
    });
    const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token: "r" });
    const answer = await fetch("https://far.example/token", { method: "POST", body });
    assert.deepEqual([answer.status, await answer.json(), asked], [400, { error: "invalid_grant" }, 0]);
  });
});
