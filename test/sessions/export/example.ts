/** A conversation with something of everything that an export shows, and with texts that mean harm. */
import { crc32, deflateSync } from "node:zlib";
import type { Item } from "../../../src/protocol/request.ts";
import type { Leg, ThreadFacts } from "../../../src/sessions/ledger.ts";
import { itemFacts } from "../../../src/sessions/recorder/digest/item.ts";

const START = Date.UTC(2026, 10, 22, 9, 30);
const thread: ThreadFacts = {
  id: "01a2b3c4-5d6e-7f80-91a2-b3c4d5e6f708",
  kind: "user",
  root: "01a2b3c4-5d6e-7f80-91a2-b3c4d5e6f708",
  client: "codex-tui",
  clientVersion: "0.150.0",
  cwd: "/home/ada/engine",
  commit: "3f786850e387550fdab836ed7e6dc881de23001b",
  model: "gpt-5.2-codex",
  effort: "high",
  title: "Make the parser keep comments",
  source: "wire",
};
const agent: ThreadFacts = {
  ...thread,
  id: "01a2b3c4-agent",
  kind: "subagent",
  parent: thread.id,
  agent: "/root/tests",
  title: undefined,
};

/** What would run, or be fetched, were it not text. */
export const HOSTILE = [
  "<script>document.title = 'owned'</script>",
  "<img src=x onerror=\"document.title='owned'\">",
  "[click](javascript:document.title='owned') [data](data:text/html,<script>1</script>)",
  '![seen](https://tracker.example/pixel.png) <https://example.com/?a=1&b="2">',
  "</style></details></main><iframe src=https://tracker.example></iframe>",
  "```html\n</code></pre><script>document.title = 'owned'</script>\n```",
  "```<script>\nx\n```",
].join("\n\n");

const said = (role: string, text: string): Item => ({
  type: "message",
  role,
  content: [{ type: role === "assistant" ? "output_text" : "input_text", text }],
});
const exec = (id: string, cmd: string): Item => ({
  type: "function_call",
  call_id: id,
  name: "exec_command",
  arguments: JSON.stringify({ cmd, workdir: "/home/ada/engine" }),
});
const output = (id: string, text: string): Item => ({ type: "function_call_output", call_id: id, output: text });

let legs = 0;
function leg(
  about: ThreadFacts,
  turn: string,
  asked: readonly Item[],
  answered: readonly Item[],
  more?: Partial<Leg>,
): Leg {
  legs += 1;
  const facts = (item: Item) =>
    itemFacts(
      { id: `${item.type}_${legs}_${asked.indexOf(item)}_${answered.indexOf(item)}`, ...item },
      { blobBytes: 1e6 },
    );
  return {
    key: `example_${legs}`,
    thread: about,
    turn,
    begins: false,
    trigger: "user",
    kind: "turn",
    wire: "ws",
    model: about.model,
    effort: about.effort,
    started: START + legs * 61_000,
    firstByteMs: 640,
    ms: 14_200,
    state: "completed",
    local: false,
    dropped: false,
    usage: { input: 18_400, cached: 16_100, output: 620, reasoning: 210 },
    asked: asked.map(facts),
    whole: false,
    answered: answered.map(facts),
    ...more,
  };
}

const ANSWER = `The parser dropped comments in two places. I moved them onto the *token* they precede, so that \`print()\` can put them back:

1. \`lex()\` no longer skips \`//\` and \`/* */\`, it gathers them
2. \`Node\` has a field \`comments\`

\`\`\`ts
export function lex(source: string): Token[] {
  const comments: string[] = [];
  // Each token takes what was gathered before it.
  for (const match of source.matchAll(PATTERN)) {
    if (match.groups?.comment !== undefined) comments.push(match[0]);
    else tokens.push({ text: match[0], comments: comments.splice(0), at: match.index ?? 0 });
  }
  return tokens;
}
\`\`\`

| file | lines | what |
|---|---:|---|
| [src/lexer.ts](/home/ada/engine/src/lexer.ts:12) | +14 −3 | gathers |
| [src/printer.ts](/home/ada/engine/src/printer.ts) | +6 −1 | puts back |

> All 214 tests pass. See https://example.com/engine/pull/7 for the discussion.
`;

const PATCH = `*** Begin Patch
*** Update File: src/lexer.ts
@@ export function lex
-    if (match.groups?.comment !== undefined) continue;
+    if (match.groups?.comment !== undefined) comments.push(match[0]);
*** End Patch
`;

/** In the order in which they are told. */
export const example: readonly Leg[] = [
  leg(
    thread,
    "turn-1",
    [
      said(
        "developer",
        "<permissions instructions>\nFilesystem sandboxing: workspace-write.\n</permissions instructions>",
      ),
      said("user", "<environment_context>\n<cwd>/home/ada/engine</cwd>\n</environment_context>"),
      said(
        "user",
        "The parser in src/ loses comments when it prints a file back.\nCan you find out why,\nand keep them?",
      ),
    ],
    [
      {
        type: "reasoning",
        summary: [{ type: "summary_text", text: "**Looking for the lexer**\n\nComments are probably skipped there." }],
        encrypted_content: "gAAAA",
      },
      said("assistant", "I'll look at the lexer first."),
      exec("call_1", "rg -n 'comment' src | head -40"),
      exec("call_2", "sed -n '1,60p' src/lexer.ts"),
    ],
  ),
  leg(
    thread,
    "turn-1",
    [
      output(
        "call_1",
        "src/lexer.ts:14:  // skip comments\nsrc/lexer.ts:15:  if (match.groups?.comment !== undefined) continue;\nsrc/printer.ts:3:export function print(node: Node): string {",
      ),
      output("call_2", "export function lex(source: string): Token[] {\n  …\n}"),
    ],
    [{ type: "custom_tool_call", call_id: "call_3", name: "apply_patch", input: PATCH }],
  ),
  leg(
    thread,
    "turn-1",
    [
      {
        type: "custom_tool_call_output",
        call_id: "call_3",
        output: "Success. Updated the following files:\nM src/lexer.ts",
      },
    ],
    [said("assistant", ANSWER)],
    { limits: [{ name: "primary", usedPercent: 12.5, windowMinutes: 300 }] },
  ),
  leg(agent, "agent-1", [said("user", "Run the tests and tell me what fails")], [exec("call_a", "npm test")]),
  leg(agent, "agent-1", [output("call_a", "ℹ tests 214\nℹ pass 214")], [said("assistant", "All **214** pass.")]),
  leg(
    thread,
    "turn-2",
    [
      {
        type: "message",
        role: "user",
        content: [
          {
            type: "input_text",
            text: "Here is what the page looks like now. The key is sk-proj-Abcdefghij0123456789KLmnopqr, by the way",
          },
          { type: "input_image", image_url: `data:image/png;base64,${drawing().toString("base64")}` },
        ],
      },
    ],
    [said("assistant", HOSTILE)],
  ),
  leg(thread, "turn-3", [said("user", `And this one? ${HOSTILE}`)], [exec("call_9", "sleep 600")], {
    state: "interrupted",
    error: { code: "upstream_cut", message: "<b>The upstream</b> ended the connection early" },
  }),
  leg(thread, "turn-4", [said("user", "//status")], [said("assistant", "Everything is fine. `127.0.0.1:3000`")], {
    local: true,
    usage: undefined,
  }),
];

/** A small PNG. */
function drawing(): Buffer {
  const [width, height] = [320, 120];
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      rows.set([60 + (x * 150) / width, 120 + (y * 100) / height, 140], y * (width * 3 + 1) + 1 + x * 3);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8);
  const chunk = (name: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const frame = Buffer.alloc(8 + body.length);
    frame.writeUInt32BE(data.length, 0);
    body.copy(frame, 4);
    frame.writeUInt32BE(crc32(body), 4 + body.length);
    return frame;
  };
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
