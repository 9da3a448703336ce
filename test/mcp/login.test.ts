import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { OAuthSettings, Server } from "../../src/mcp/mcp.ts";
import { access } from "../../src/mcp/oauth/access.ts";
import { logIn } from "../../src/mcp/oauth/login.ts";
import { logOut } from "../../src/mcp/oauth/logout.ts";
import { LoginStore } from "../../src/mcp/oauth/store.ts";
import { browse, type Page } from "./browser.ts";
import { callOpen } from "./call-open.ts";
import { LoginServer } from "./login-server.ts";

const IN = "You are in.";

describe("a login at a remote server", () => {
  let far: LoginServer;
  let folder: string;
  let store: LoginStore;
  before(async () => {
    far = await LoginServer.start();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "codex-plus-login-"));
    store = new LoginStore(join(folder, "mcp-logins.json"));
    far.consent = "yes";
    far.trouble = undefined;
    far.hold = undefined;
    far.end();
    far.seen.length = 0;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  after(() => far.stop());

  const server = (oauth?: OAuthSettings, url = far.url, name = "far"): Server => ({
    name,
    key: "far",
    scope: "user",
    file: "/nowhere",
    project: folder,
    config: { type: "http", args: [], env: {}, headers: {}, url, oauth },
    digest: "0",
    missing: [],
  });

  /** Logs in with a browser that goes where it is sent, and answers how that ended here and there. */
  async function enter(one = server()): Promise<{ ended: string; page: Page | undefined }> {
    let page: Promise<Page> | undefined;
    const stop = new AbortController();
    const show = (address: URL) => {
      page = browse(address);
      // Nobody would come any more.
      void page.then(({ status }) => status === 200 || stop.abort(new Error("nobody came")));
    };
    const ended = await logIn({ server: one, store, fetch, show, signal: stop.signal }).catch((error) => error.message);
    return { ended, page: await page };
  }

  const call = (from = store, one = server()) => callOpen(one, access(one, from));
  const tokenRequests = () => far.seen.filter((line) => line === "POST /token").length;

  it("registers, proves itself by PKCE, and lets the proxy in from then on", async () => {
    assert.equal(await call(), "CP_MCP_LOGIN: far wants a login");
    assert.deepEqual(far.seen, ["POST /mcp"]);
    const { ended, page } = await enter();
    assert.deepEqual([ended, page?.status, page?.text.includes("You are logged in at far.")], ["done", 200, true]);
    assert.equal(await call(), IN);
    assert.equal((await store.get(server()))?.client?.client_id, [...far.clients.keys()].at(-1));
    assert.equal((await stat(store.path)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ["mcp-logins.json"]);
  });

  it("ends when its time is over, though a server has not said yet where to log in", async () => {
    const stop = new AbortController();
    const silent: typeof fetch = async (_url, init) => {
      setImmediate(() => stop.abort(new Error("enough")));
      if (init?.signal?.aborted === false) await once(init.signal, "abort");
      throw init?.signal?.reason;
    };
    const show = () => assert.fail("there is nothing to show");
    await assert.rejects(logIn({ server: server(), store, fetch: silent, show, signal: stop.signal }), /enough/);
  });

  it("refuses a login whose PKCE verifier is another one", async () => {
    const verifierless: typeof fetch = (url, init) => {
      if (init?.body instanceof URLSearchParams && init.body.has("code_verifier")) {
        init.body.set("code_verifier", "x".repeat(43));
      }
      return fetch(url, init);
    };
    const show = (address: URL) => void browse(address);
    const signal = AbortSignal.timeout(10_000);
    await assert.rejects(logIn({ server: server(), store, fetch: verifierless, show, signal }), {
      code: "CP_MCP_LOGIN",
      message: "The login at far failed: code_verifier does not match the challenge",
    });
    assert.equal(await store.get(server()), undefined);
  });

  it("is renewed when it has run out, once for all who find that at the same moment, in two processes", async () => {
    await enter();
    far.expire();
    far.seen.length = 0;
    const refused = Promise.withResolvers<void>();
    let knocks = 0;
    far.hold = async (line) => {
      if (line === "POST /mcp") knocks += 1;
      if (knocks === 4) refused.resolve();
      if (line === "POST /token") await refused.promise;
    };
    const program = fileURLToPath(new URL("login-process.ts", import.meta.url));
    const child = spawn(process.execPath, [program, store.path, far.url], { stdio: ["ignore", "pipe", "inherit"] });
    const other = Promise.all([text(child.stdout), once(child, "exit")]);
    const here = await Promise.all([call(), call(new LoginStore(store.path)), call(new LoginStore(store.path))]);
    const [[there]] = [await other];
    assert.deepEqual([...here, there], [IN, IN, IN, IN]);
    assert.equal(tokenRequests(), 1);
    assert.deepEqual(await readdir(folder), ["mcp-logins.json"]);
  });

  it("is over when its renewal is refused, and the same server is worth a try when somebody has logged in again", async () => {
    await enter();
    const way = access(server(), store);
    const before = await way?.mark();
    far.end();
    assert.equal(await call(), "CP_MCP_LOGIN: far wants a login");
    assert.equal(await store.get(server()), undefined);
    const over = await way?.mark();
    await enter();
    assert.equal(new Set([before, over, await way?.mark()]).size, 3);
    assert.equal(await call(), IN);
  });

  it("stays when it can only not be renewed now", async () => {
    await enter();
    far.expire();
    far.trouble = 503;
    assert.equal(
      await call(),
      "CP_MCP_SERVER: The login at far could not be renewed: its authorization server does not answer as it should",
    );
    far.trouble = undefined;
    assert.equal(await call(), IN);
  });

  it("stays when the server's definition is edited, and belongs to its address and name", async () => {
    await enter();
    const edited: Server = { ...server(), digest: "1", config: { ...server().config, timeoutMs: 5000 } };
    assert.equal(await call(store, edited), IN);
    assert.equal(await call(store, server(undefined, far.url, "other")), "CP_MCP_LOGIN: other wants a login");
    assert.equal(await call(store, server({ clientId: "another" })), "CP_MCP_LOGIN: far wants a login");
    const moved = server(undefined, `${far.url}?tenant=2`);
    assert.equal(await call(store, moved), "CP_MCP_LOGIN: far wants a login");
  });

  it("keeps waiting when somebody comes with another state, and keeps nothing", async () => {
    far.consent = "another state";
    const { ended, page } = await enter();
    assert.deepEqual([ended, page?.status], ["nobody came", 400]);
    assert.match(page?.text ?? "", /not the answer to the login that is waited for/);
    assert.deepEqual([await store.get(server()), tokenRequests()], [undefined, 0]);
  });

  it("tells the person who has said no, here and in the browser", async () => {
    far.consent = "no";
    const { ended, page } = await enter();
    assert.equal(ended, "The authorization server refused: access_denied: <b>No</b>");
    assert.match(page?.text ?? "", /access_denied: &#60;b&#62;No&#60;\/b&#62;/);
    assert.equal(page?.headers.get("content-security-policy"), "default-src 'none'");
  });

  it("refuses an answer that names another sender than was asked", async () => {
    far.consent = "another sender";
    const { ended, page } = await enter();
    assert.equal(ended, "The answer came from another authorization server than was asked");
    assert.match(page?.text ?? "", /another authorization server/);
    assert.deepEqual([await store.get(server()), tokenRequests()], [undefined, 0]);
  });

  it("lets in at a server that speaks as MCP did before", async () => {
    const before = await LoginServer.start({ old: true });
    const { config, ...rest } = server(undefined, before.url);
    const old: Server = { ...rest, config: { ...config, type: "sse" } };
    try {
      assert.equal(await call(store, old), "CP_MCP_LOGIN: far wants a login");
      assert.equal((await enter(old)).ended, "done");
      assert.equal(await call(store, old), IN);
      before.expire();
      assert.equal(await call(store, old), IN);
    } finally {
      await before.stop();
    }
  });

  it("leaves what was kept as it is when it fails", async () => {
    await enter();
    const kept = await readFile(store.path, "utf8");
    far.consent = "no";
    await enter();
    assert.equal(await readFile(store.path, "utf8"), kept);
    assert.equal(await call(), IN);
  });

  it("takes the address that a browser on another machine came back to", async () => {
    const tried: boolean[] = [];
    const show = async (address: URL, take: (address: string) => boolean) => {
      const { headers } = await browse(address, "manual");
      tried.push(
        take("nothing"),
        take("http://localhost/callback?code=1&state=2"),
        take(headers.get("location") ?? ""),
      );
    };
    assert.equal(await logIn({ server: server(), store, fetch, show, signal: AbortSignal.timeout(10_000) }), "done");
    assert.deepEqual(tried, [false, false, true]);
    assert.equal(await call(), IN);
  });

  it("is taken back at the server, and forgotten", async () => {
    assert.equal(await logOut(server(), store, fetch), "none");
    await enter();
    assert.equal(await logOut(server(), store, fetch), "revoked");
    assert.deepEqual([await store.get(server()), far.access.size, far.refresh.size], [undefined, 0, 0]);
    assert.equal(await call(), "CP_MCP_LOGIN: far wants a login");
    await enter();
    assert.equal(await logOut(server(), store, () => Promise.reject(new TypeError("fetch failed"))), "failed");
    assert.equal(await store.get(server()), undefined);
  });

  it("says that a server lets anybody in", async () => {
    const open = createServer((request, response) => {
      const reply = { protocolVersion: "2025-06-18", capabilities: {}, serverInfo: { name: "open", version: "1" } };
      if (request.method !== "POST" || request.url !== "/mcp") return void response.writeHead(404).end();
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ jsonrpc: "2.0", id: 0, result: reply }));
    });
    open.listen(0, "127.0.0.1");
    await once(open, "listening");
    const url = `http://127.0.0.1:${(open.address() as AddressInfo).port}/mcp`;
    try {
      assert.deepEqual(await enter(server(undefined, url)), { ended: "not asked for", page: undefined });
    } finally {
      open.close();
      open.closeAllConnections();
    }
  });
});

describe("a login with a client that was registered by hand", () => {
  let far: LoginServer;
  let folder: string;
  let store: LoginStore;
  before(async () => {
    far = await LoginServer.start({ registers: false });
    folder = await mkdtemp(join(tmpdir(), "codex-plus-login-"));
    store = new LoginStore(join(folder, "mcp-logins.json"));
    far.clients.set("by-hand", {
      client_id: "by-hand",
      client_secret: "the-secret-of-by-hand",
      redirect_uris: ["http://localhost/callback"],
    });
  });
  after(async () => {
    await far.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const server = (oauth: OAuthSettings): Server => ({
    name: "far",
    key: "far",
    scope: "user",
    file: "/nowhere",
    project: folder,
    config: { type: "http", args: [], env: {}, headers: {}, url: far.url, oauth },
    digest: "0",
    missing: [],
  });
  const enter = (one: Server, addresses: URL[] = []) => {
    const show = (address: URL) => {
      addresses.push(address);
      void browse(address);
    };
    return logIn({ server: one, store, fetch, show, signal: AbortSignal.timeout(10_000) });
  };

  it("says what is missing where neither it nor a place to register is there", async () => {
    await assert.rejects(enter(server({})), {
      code: "CP_MCP_LOGIN",
      message:
        /does not support dynamic client registration; it wants a client that is registered by hand: oauth.clientId/,
    });
  });

  it("uses id, secret, scopes and metadata as they are given, and keeps the secret out of the definition", async () => {
    const metadata = new URL("/.well-known/oauth-authorization-server", far.url).href;
    const one = server({ clientId: "by-hand", scopes: ["read", "write"], authServerMetadataUrl: metadata });
    await assert.rejects(enter(one), { message: "The login at far failed: Client secret is required" });
    await store.keepSecret(one, "the-secret-of-by-hand");
    const shown: URL[] = [];
    assert.equal(await enter(one, shown), "done");
    const { client_id, scope, code_challenge_method } = Object.fromEntries(shown[0]?.searchParams ?? []);
    assert.deepEqual([client_id, scope, code_challenge_method], ["by-hand", "read write", "S256"]);
    assert.equal(await callOpen(one, access(one, store)), IN);
    far.expire();
    assert.equal(await callOpen(one, access(one, store)), IN);
    far.end();
    assert.equal(await callOpen(one, access(one, store)), "CP_MCP_LOGIN: far wants a login");
    assert.deepEqual(await store.get(one), { secret: "the-secret-of-by-hand" });
    assert.equal(await enter(one), "done");
    assert.equal(await logOut(one, store, fetch), "revoked");
    assert.equal(far.refresh.size, 0);
  });

  it("listens on the port that was registered, and says so when that is taken", async () => {
    const taken = createServer();
    taken.listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const one = server({ clientId: "by-hand", callbackPort: port });
    try {
      await assert.rejects(enter(one), { message: `Port ${port}, which the login is to come back to, is taken` });
    } finally {
      taken.close();
    }
    await store.keepSecret(one, "the-secret-of-by-hand");
    const shown: URL[] = [];
    await enter(one, shown);
    assert.equal(shown[0]?.searchParams.get("redirect_uri"), `http://localhost:${port}/callback`);
  });
});
