/** `npm run docs`: writes docs/errors.md from the table in src/errors.ts. With `--check`, fails when they differ. */
import { readFileSync, writeFileSync } from "node:fs";
import { ERRORS } from "../src/errors.ts";

const FILE = new URL("../docs/errors.md", import.meta.url);

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

if (process.argv.includes("--check")) {
  if (readFileSync(FILE, "utf8") !== page) {
    console.error("docs/errors.md is not what src/errors.ts says: npm run docs");
    process.exitCode = 1;
  }
} else writeFileSync(FILE, page);
