import assert from "node:assert/strict";
import { test } from "node:test";
import { createRouter } from "./route.ts";

const upstreams = { chatgpt: "https://chatgpt.com", openai: "https://api.openai.com" };
const key = ["Authorization", "Bearer sk-proj-1"];
const login = ["authorization", "Bearer eyJhbGciOi.eyJzdWIi.c2ln"];

/** Where each path goes, as `provider endpoint url`. */
function where(route: ReturnType<typeof createRouter>, path: string, headers: string[] = login): string {
  const { provider, endpoint, origin, path: to } = route(path, headers);
  return `${provider} ${endpoint ?? "-"} ${origin.origin}${to}`;
}

test("routes by path, and plain paths by credential", () => {
  const route = createRouter({ upstreams });
  const cases: [string, string[], string][] = [
    ["/backend-api/codex/responses", key, "chatgpt /responses https://chatgpt.com/backend-api/codex/responses"],
    [
      "/backend-api/codex/models?client_version=1",
      login,
      "chatgpt /models https://chatgpt.com/backend-api/codex/models?client_version=1",
    ],
    ["/backend-api/wham/usage", login, "chatgpt - https://chatgpt.com/backend-api/wham/usage"],
    ["/backend-api/codexx/responses", login, "chatgpt - https://chatgpt.com/backend-api/codexx/responses"],
    ["/v1/responses", login, "openai /responses https://api.openai.com/v1/responses"],
    ["/v1/files/a%20b?x=1&y=2", key, "openai /files/a%20b https://api.openai.com/v1/files/a%20b?x=1&y=2"],
    ["/responses", login, "chatgpt /responses https://chatgpt.com/backend-api/codex/responses"],
    ["/responses", key, "openai /responses https://api.openai.com/v1/responses"],
    ["/models", [], "chatgpt /models https://chatgpt.com/backend-api/codex/models"],
    ["/v1beta/x", login, "chatgpt /v1beta/x https://chatgpt.com/backend-api/codex/v1beta/x"],
    ["//evil.example/x", key, "openai //evil.example/x https://api.openai.com/v1//evil.example/x"],
    ["/", login, "chatgpt / https://chatgpt.com/backend-api/codex/"],
  ];
  for (const [path, headers, expected] of cases) assert.equal(where(route, path, headers), expected);
});

test("an upstream of the user's own takes the model endpoints, whatever the credential", () => {
  for (const upstream of ["http://127.0.0.1:9/api/v2", "http://127.0.0.1:9/api/v2/"]) {
    const route = createRouter({ upstreams, upstream });
    for (const headers of [key, login]) {
      const cases: [string, string][] = [
        ["/backend-api/codex/responses", "custom /responses http://127.0.0.1:9/api/v2/responses"],
        ["/v1/responses?a=b", "custom /responses http://127.0.0.1:9/api/v2/responses?a=b"],
        ["/responses", "custom /responses http://127.0.0.1:9/api/v2/responses"],
        ["/backend-api/wham/usage", "custom - http://127.0.0.1:9/backend-api/wham/usage"],
      ];
      for (const [path, expected] of cases) assert.equal(where(route, path, headers), expected);
    }
  }
});

test("an upstream without a path maps to its root", () => {
  const route = createRouter({ upstreams, upstream: "http://127.0.0.1:9" });
  assert.equal(where(route, "/v1/responses"), "custom /responses http://127.0.0.1:9/responses");
});
