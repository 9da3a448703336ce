import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "jsonc-parser";
import { Unwritable, withoutServer, withServer } from "./write.ts";

const DB = { command: "npx", args: ["-y", "db"] };

test("a server is put into a new file, and into one that has others, in that file's own form", () => {
  assert.equal(
    withServer("", ["mcpServers", "db"], DB),
    '{\n  "mcpServers": {\n    "db": {\n      "command": "npx",\n      "args": [\n        "-y",\n        "db"\n      ]\n    }\n  }\n}\n',
  );
  const before =
    '{\r\n\t// ours\r\n\t"mcpServers": {\r\n\t\t"a": { "command": "a" } // keep\r\n\t},\r\n\t"more": [1,2]\r\n}\r\n';
  assert.equal(
    withServer(before, ["mcpServers", "b"], { command: "b" }),
    before.replace("} // keep", '},\r\n\t\t"b": {\r\n\t\t\t"command": "b"\r\n\t\t} // keep'),
  );
});

test("a server is taken out again without a trace, and what is not there is told", () => {
  const before = '{\n    // ours\n    "mcpServers": {\n        "a": { "command": "a" }\n    },\n    "x": 1\n}\n';
  const path = ["mcpServers", "b"];
  const between = withServer(before, path, DB);
  assert.equal(withoutServer(between, path), before);
  assert.equal(withoutServer(before, path), undefined);
  assert.equal(withoutServer("", path), undefined);
});

test("comments and commas around a server stay when it goes", () => {
  const servers = (inside: string) => `{"mcpServers": {${inside}}}`;
  const without = (inside: string, name = "b") => withoutServer(servers(inside), ["mcpServers", name]);
  assert.deepEqual(
    [
      without('\n  "a": {}, // first\n  "b": {}, // second\n  // about c\n  "c": {}\n'),
      without('\n  "a": {}, // first\n  "b": {} // second\n'),
      without('\n  "a": {},\n  "b": {},\n'),
      without('\n  // only\n  "b": {}\n'),
      without(' "b": {} '),
      without('"b":{},"c":{}'),
    ],
    [
      '\n  "a": {}, // first\n  // second\n  // about c\n  "c": {}\n',
      '\n  "a": {} // first // second\n',
      '\n  "a": {},\n',
      "\n  // only\n",
      "",
      '"c":{}',
    ].map(servers),
  );
});

test("whatever is put in is what is read, and what is taken out is gone", () => {
  const files = ["", "{}", '{"mcpServers":{}}', '{\n  "x": [1],\n}', '{ /* a */ "mcpServers": { // b\n "a": {}, }, }'];
  for (const file of files) {
    const put = withServer(withServer(file, ["mcpServers", "a"], DB), ["mcpServers", "b"], DB);
    const { mcpServers: both } = parse(put, undefined, { allowTrailingComma: true });
    assert.deepEqual(both, { a: DB, b: DB }, put);
    const { mcpServers: one } = parse(withoutServer(put, ["mcpServers", "a"]) ?? "");
    assert.deepEqual(one, { b: DB }, put);
  }
});

test("a text that is not JSON, or has something else in that place, is left alone", () => {
  const why = (text: string, path = ["mcpServers", "b"]): string => {
    try {
      withServer(text, path, DB);
    } catch (error) {
      assert.ok(error instanceof Unwritable);
      return error.message;
    }
    return "written";
  };
  assert.deepEqual(
    [
      why("{\n oh"),
      why("[]"),
      why('{"mcpServers":[]}'),
      why('{"projects":{"/p":1}}', ["projects", "/p", "mcpServers", "b"]),
    ],
    ["line 2 is not JSON", "it is no object", "mcpServers is no object", "projects./p is no object"],
  );
});
