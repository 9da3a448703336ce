import assert from "node:assert/strict";
import test, { suite } from "node:test";
import { createRouter } from "./route.ts";

const upstreams = { chatgpt: "https://chatgpt.com", openai: "https://api.openai.com" };
const JWT = ["authorization", "Bearer eyJhbGciOi.e30.x"];
const KEY = ["Authorization", "bearer sk-123"];

function routed(url: string, headers: readonly string[], upstream?: string): [string, string, string | undefined] {
  const { provider, origin, path, endpoint } = createRouter({ upstream, upstreams })(url, headers);
  return [provider, `${origin.origin}${path}`, endpoint];
}

suite("createRouter", () => {
  const cases: [string, readonly string[], [string, string, string | undefined]][] = [
    ["/backend-api/codex/responses", JWT, ["chatgpt", "https://chatgpt.com/backend-api/codex/responses", "/responses"]],
    ["/backend-api/codex/responses", KEY, ["chatgpt", "https://chatgpt.com/backend-api/codex/responses", "/responses"]],
    ["/backend-api/codex/models?a=b", JWT, ["chatgpt", "https://chatgpt.com/backend-api/codex/models?a=b", "/models"]],
    ["/backend-api/wham/usage", JWT, ["chatgpt", "https://chatgpt.com/backend-api/wham/usage", undefined]],
    ["/backend-api", [], ["chatgpt", "https://chatgpt.com/backend-api", undefined]],
    ["/backend-api/codexes", [], ["chatgpt", "https://chatgpt.com/backend-api/codexes", undefined]],
    ["/v1/responses", JWT, ["openai", "https://api.openai.com/v1/responses", "/responses"]],
    ["/v1/models?x", KEY, ["openai", "https://api.openai.com/v1/models?x", "/models"]],
    ["/v1", [], ["openai", "https://api.openai.com/v1", ""]],
    ["/responses", JWT, ["chatgpt", "https://chatgpt.com/backend-api/codex/responses", "/responses"]],
    ["/responses", KEY, ["openai", "https://api.openai.com/v1/responses", "/responses"]],
    ["/responses", [], ["chatgpt", "https://chatgpt.com/backend-api/codex/responses", "/responses"]],
    ["/v10/x", KEY, ["openai", "https://api.openai.com/v1/v10/x", "/v10/x"]],
    ["/alpha/search", JWT, ["chatgpt", "https://chatgpt.com/backend-api/codex/alpha/search", "/alpha/search"]],
  ];
  for (const [url, headers, expected] of cases) {
    test(`${url} with ${headers[1]?.slice(0, 10) ?? "no credential"} goes to ${expected[1]}`, () => {
      assert.deepEqual(routed(url, headers), expected);
    });
  }

  const replaced: [string, string, string][] = [
    ["http://h:1", "/backend-api/codex/responses?a=b", "http://h:1/responses?a=b"],
    ["http://h:1/", "/v1/responses", "http://h:1/responses"],
    ["http://h:1/base", "/v1/responses", "http://h:1/base/responses"],
    ["http://h:1/base/", "/responses", "http://h:1/base/responses"],
    ["http://h:1/base", "/backend-api/wham/usage?x=1", "http://h:1/backend-api/wham/usage?x=1"],
    ["http://h:1/base", "/anything", "http://h:1/base/anything"],
    ["http://h:1", "/v1", "http://h:1/"],
    ["http://h:1", "/v1?a=b", "http://h:1/?a=b"],
    ["http://h:1/base", "/v1?a=b", "http://h:1/base?a=b"],
  ];
  for (const [upstream, url, expected] of replaced) {
    test(`With the upstream ${upstream}, ${url} goes to ${expected}, whatever the credential`, () => {
      for (const headers of [JWT, KEY, []])
        assert.deepEqual(routed(url, headers, upstream).slice(0, 2), ["custom", expected]);
    });
  }
});
