/**
 * `npm run docs`: writes docs/errors.md from the table in src/errors.ts, and docs/session.schema.json from the schema in
 * src/sessions/export/document.ts. With `--check`, fails when they differ.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { ERRORS } from "../src/errors.ts";
import { session } from "../src/sessions/export/document.ts";

const rows = Object.entries(ERRORS)
  .map(
    ([code, { source, status, wire, advice }]) => `| \`${code}\` | ${source} | ${status} | \`${wire}\` | ${advice} |`,
  )
  .join("\n");

const page = `# Errors

Every error that Codex-Plus itself can answer with. What upstream answers passes as it came and is not listed here.

The source says who has to act: the \`client\` sent something impossible, \`upstream\` or the way to it failed, a \`stage\` (a
feature) failed, or Codex-Plus it\`self\` did. The status is that of the HTTP answer, as long as none has begun; after that,
and on WebSocket, the error is a \`response.failed\` event. A permanent cause is a 4xx, since Codex tries again after a 5xx.
The log has every error under the request id that its message ends with.

<!-- generated from src/errors.ts by npm run docs -->
| code | source | status | on the wire | what to do |
|---|---|---|---|---|
${rows}
`;

const schema = {
  title: "A session exported by Codex-Plus",
  description: "codex-plus sessions export --format json; sessions import reads it back. See cli.md.",
  ...z.toJSONSchema(session, { io: "input" }),
};

const FILES = {
  "errors.md": page,
  "session.schema.json": `${JSON.stringify(schema, undefined, 2)}\n`,
};

for (const [name, text] of Object.entries(FILES)) {
  const file = new URL(`../docs/${name}`, import.meta.url);
  if (!process.argv.includes("--check")) writeFileSync(file, text);
  else if (readFileSync(file, "utf8") !== text) {
    console.error(`docs/${name} is not what the source says: npm run docs`);
    process.exitCode = 1;
  }
}
