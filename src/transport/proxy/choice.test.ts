import assert from "node:assert/strict";
import { test } from "node:test";
import { proxyFor } from "./choice.ts";

const PROXY = "http://proxy.example:3128";

/** Whether an origin is reached directly under a NO_PROXY value. */
function direct(origin: string, noProxy: string): boolean {
  return proxyFor(new URL(origin), { httpsProxy: PROXY, httpProxy: PROXY, noProxy }) === undefined;
}

test("each scheme has its own proxy, and without one the way is direct", () => {
  const settings = { httpsProxy: "http://secure.example:1", httpProxy: "http://plain.example:2" };
  assert.equal(proxyFor(new URL("https://chatgpt.com"), settings)?.url.origin, "http://secure.example:1");
  assert.equal(proxyFor(new URL("http://chatgpt.com"), settings)?.url.origin, "http://plain.example:2");
  assert.equal(proxyFor(new URL("https://chatgpt.com"), {}), undefined);
  assert.equal(proxyFor(new URL("https://chatgpt.com"), { httpsProxy: "" }), undefined);
});

test("loopback is never proxied", () => {
  for (const host of ["localhost", "api.localhost", "127.0.0.1", "127.8.9.10", "[::1]"]) {
    assert.ok(direct(`https://${host}:8443`, ""), host);
  }
});

test("a login in the address is taken out of it, with its escapes undone", () => {
  const found = proxyFor(new URL("https://chatgpt.com"), { httpsProxy: "https://me%40work:p%3Ass@proxy.example" });
  assert.deepEqual(
    { address: found?.url.href, login: found?.login },
    { address: "https://proxy.example/", login: { user: "me@work", password: "p:ss" } },
  );
});

test("a percent sign that escapes nothing stands for itself", () => {
  const found = proxyFor(new URL("https://chatgpt.com"), { httpsProxy: "http://me:50%@proxy.example" });
  assert.deepEqual(found?.login, { user: "me", password: "50%" });
});

test("an address without a scheme means http", () => {
  const found = proxyFor(new URL("https://chatgpt.com"), { httpsProxy: "proxy.example:3128" });
  assert.equal(found?.url.href, "http://proxy.example:3128/");
});

test("a socks proxy and a broken address are refused by name, without repeating what may be a password", () => {
  const origin = new URL("https://chatgpt.com");
  assert.throws(() => proxyFor(origin, { httpsProxy: "socks5://me:secret@proxy.example" }), {
    code: "CP_PROXY_REFUSED",
    message: "HTTPS_PROXY names a socks5:// proxy; only http:// and https:// proxies can be used",
  });
  assert.throws(() => proxyFor(new URL("http://chatgpt.com"), { httpProxy: "http://me:secret@:x" }), {
    code: "CP_PROXY_REFUSED",
    message: "HTTP_PROXY is not an address of a proxy",
  });
});

test("NO_PROXY knows names, subdomains, ports, addresses, blocks and the star", () => {
  const rows: [origin: string, noProxy: string, direct: boolean][] = [
    ["https://chatgpt.com", "", false],
    ["https://chatgpt.com", "*", true],
    ["https://chatgpt.com", "example.com, chatgpt.com", true],
    ["https://chatgpt.com", "example.com,,CHATGPT.com ", true],
    ["https://eu.chatgpt.com", "chatgpt.com", true],
    ["https://eu.chatgpt.com", ".chatgpt.com", true],
    ["https://eu.chatgpt.com", "*.chatgpt.com", true],
    ["https://chatgpt.com", ".chatgpt.com", true],
    ["https://notchatgpt.com", "chatgpt.com", false],
    ["https://chatgpt.com.evil.example", "chatgpt.com", false],
    ["https://chatgpt.com", "chatgpt.com:443", true],
    ["https://chatgpt.com:8443", "chatgpt.com:443", false],
    ["http://chatgpt.com", "chatgpt.com:80", true],
    ["https://10.1.2.3", "10.1.2.3", true],
    ["https://10.1.2.3", "10.0.0.0/8", true],
    ["https://11.1.2.3", "10.0.0.0/8", false],
    ["https://10.1.2.3", "10.0.0.0/99", false],
    ["https://10.1.2.3:8443", "10.1.2.3:443", false],
    ["https://10.1.2.3", "2.3", false],
    ["https://[2001:db8::7]", "2001:db8::/32", true],
    ["https://[2001:db8::7]", "2001:db8::7", true],
    ["https://[2001:db8::7]:8443", "[2001:db8::7]:8443", true],
    ["https://[2001:db8::7]:8443", "[2001:db8::7]:443", false],
    ["https://chatgpt.com", "10.0.0.0/8", false],
  ];
  const found = rows.map(([origin, noProxy]) => [origin, noProxy, direct(origin, noProxy)]);
  assert.deepEqual(found, rows);
});
