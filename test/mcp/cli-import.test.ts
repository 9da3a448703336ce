// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the text of definitions.
/** `codex-plus mcp import` and `trust` of a project's servers, as processes. */
import assert from "node:assert/strict";
import { mkdir, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Sandbox } from "../cli/program.ts";

const MEMORY = join(import.meta.dirname, "../../node_modules/.bin/mcp-server-memory");

async function world(config: object): Promise<{ box: Sandbox; project: string; home: string }> {
  const box = await Sandbox.create();
  await mkdir(join(box.folder, "project/.git"), { recursive: true });
  box.cwd = await realpath(join(box.folder, "project"));
  const home = join(box.cwd, "..");
  Object.assign(box.variables, {
    HOME: home,
    CODEX_PLUS_HOME: join(home, "plus"),
    CODEX_HOME: join(home, "codex"),
  });
  await box.write("plus/config.json", JSON.stringify({ server: { port: 0 }, ...config }));
  return { box, project: box.cwd, home };
}

const CODEX = `
[mcp_servers.plus]
command = "codex-plus"
[mcp_servers.files]
command = "files"
args = ["--all"]
env = { KEY = "topsecret" }
tool_timeout_sec = 1.5
disabled_tools = ["delete"]
[mcp_servers.docs]
url = "https://127.0.0.1:1/mcp"
http_headers = { "X-Team" = "a" }
env_http_headers = { "X-Key" = "DOCS_KEY" }
bearer_token_env_var = "DOCS_TOKEN"
[mcp_servers.off]
command = "off"
enabled = false
`;
const VS_CODE = `{
  "inputs": [{ "id": "api-key", "type": "promptString" }], // asked for
  "servers": {
    "files": { "command": "other" },
    "search": { "type": "stdio", "command": "s", "args": ["\${input:api-key}"], "env": { "H": "\${env:HOME}" }, "envFile": ".env" },
  },
}`;

test("import shows what would come over and what cannot, asks, and writes each where it belongs", async () => {
  const { box, project, home } = await world({ mcp: { enabled: false } });
  await using _ = box;
  await box.write("codex/config.toml", CODEX);
  await box.write("project/.vscode/mcp.json", VS_CODE);
  await box.write(
    ".cursor/mcp.json",
    '{"mcpServers":{"known":{"command":"k"},"far":{"url":"https://127.0.0.1:1/sse"}}}',
  );
  await box.write("project/.cursor/mcp.json", "{ broken");
  await box.write("plus/mcp.json", '{"mcpServers":{"known":{"command":"k"}}}');
  const shown = [
    `Codex, ${home}/codex/config.toml:`,
    "  + files (files --all), for you, in all projects",
    "      disabled_tools has no counterpart here",
    "  + docs (https://127.0.0.1:1/mcp), for you, in all projects",
    "  - off stays there: it is turned off there (enabled = false)",
    `Cursor, ${home}/.cursor/mcp.json:`,
    `  = known is here already: ${home}/plus/mcp.json`,
    "  + far (https://127.0.0.1:1/sse), for you, in all projects",
    "VS Code, .vscode/mcp.json:",
    "  = files comes from the file above",
    `  + search (s \${API_KEY}), for you, in ${project}`,
    "      envFile has no counterpart here",
    "      it asked for a value there: set the variable API_KEY",
  ];
  const asked = await box.run(["mcp", "import"]);
  assert.deepEqual(
    [asked.code, asked.stdout.trimEnd().split("\n"), asked.stderr.trimEnd().split("\n")],
    [
      2,
      shown,
      [
        `.cursor/mcp.json is left out: ${project}/.cursor/mcp.json: line 1 is not JSON: invalid symbol`,
        "Nothing was imported: there is nobody to ask. Say --yes if it is meant.",
      ],
    ],
  );
  const done = await box.run(["mcp", "import", "--yes"]);
  assert.equal(done.code, 0);
  assert.deepEqual(JSON.parse(await readFile(join(home, "plus/mcp.json"), "utf8")), {
    mcpServers: {
      known: { command: "k" },
      files: { type: "stdio", command: "files", args: ["--all"], env: { KEY: "topsecret" }, timeout: 1500 },
      docs: {
        type: "http",
        url: "https://127.0.0.1:1/mcp",
        headers: { "X-Team": "a", "X-Key": "${DOCS_KEY}", Authorization: "Bearer ${DOCS_TOKEN}" },
      },
      far: { type: "http", url: "https://127.0.0.1:1/sse" },
    },
    projects: {
      [project]: {
        mcpServers: { search: { type: "stdio", command: "s", args: ["${API_KEY}"], env: { H: "${HOME}" } } },
      },
    },
  });
  assert.doesNotMatch(asked.stdout + done.stdout + done.stderr, /topsecret/);
});

test("import of a file that is named takes its form from what is in it, and fails where it has none", async () => {
  const { box, project } = await world({ mcp: { enabled: false } });
  await using _ = box;
  const file = await box.write("other/.mcp.json", '{"mcpServers":{"a":{"command":"a"},"b":{"type":"odd"}}}');
  const { code, stdout } = await box.run(["mcp", "import", file, "-s", "project", "-y"]);
  assert.deepEqual(
    [code, stdout.split("\n").slice(1)],
    [
      0,
      [
        `  + a (a), for all who work in ${project}`,
        `  - b stays there: its type "odd" is none of stdio, http, sse, ws`,
        "Written to .mcp.json: a",
        "",
      ],
    ],
  );
  const none = await box.run(["mcp", "import", await box.write("none.json", "{}")]);
  assert.deepEqual(
    [none.code, none.stderr.split("\n")[0]],
    [1, `codex-plus: ${box.folder}/none.json has neither mcpServers nor servers`],
  );
});

test("trust shows all that a project's servers do, lets them run, and what changes is asked about again", async () => {
  const { box } = await world({});
  await using _ = box;
  const servers = {
    memory: { command: process.execPath, args: [MEMORY], env: { NODE_OPTIONS: "--no-deprecation" } },
    far: { type: "http", url: "https://127.0.0.1:1/${TOKEN}", headers: { K: "${KEY}" }, headersHelper: "./helper" },
  };
  const file = await box.write("project/.mcp.json", JSON.stringify({ mcpServers: servers }));
  const real = await realpath(file);
  const shown = [
    `MCP server memory runs ${process.execPath} ${MEMORY} with NODE_OPTIONS=--no-deprecation: ${real}`,
    `MCP server far reaches https://127.0.0.1:1/\${TOKEN} with K: \${KEY} and runs ./helper: ${real}`,
  ];
  const asked = await box.run(["trust"]);
  assert.deepEqual([asked.code, asked.stdout.trimEnd().split("\n")], [2, shown]);
  const states = async () => {
    const { stdout } = await box.run(["mcp", "list", "--json"]);
    return JSON.parse(stdout).servers.map(({ name, held }: { name: string; held?: { why: string } }) => [
      name,
      held?.why,
    ]);
  };
  const { stdout } = await box.run(["trust", "--yes"]);
  assert.match(stdout, /\nmemory offers 9 tools, 1 resource: create_entities, /);
  assert.deepEqual(await states(), [
    ["memory", undefined],
    ["far", undefined],
  ]);
  await box.write("project/.mcp.json", JSON.stringify({ mcpServers: { memory: { command: "rm" } } }));
  assert.deepEqual(await states(), [["memory", "changed"]]);
  await box.run(["trust", "--remove"]);
  assert.deepEqual(await states(), [["memory", "untrusted"]]);
  await box.write("project/.mcp.json", '{ "mcpServers": {');
  assert.match((await box.run(["trust"])).stderr, /^\.mcp\.json: line 1 is not JSON/);
});
