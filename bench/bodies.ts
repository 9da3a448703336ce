/** Request bodies of the size and shape that Codex sends, written to files once. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const WORDS =
  'the file returns a value when each test reads its input and writes one line of output before next step so check path "src/main.ts" then run\n'.split(
    " ",
  );

/** Repeatable text with spaces, quotes and newlines, as prompts have. */
function text(length: number, seed: number): string {
  let out = "";
  let state = seed >>> 0;
  while (out.length < length) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    out += `${WORDS[state % WORDS.length]} `;
  }
  return out.slice(0, length);
}

function tool(index: number): object {
  const path = { type: "string", description: text(80, index) };
  const properties = { path, timeout_ms: { type: "number" } };
  const parameters = { type: "object", properties, required: ["path"], additionalProperties: false };
  return { type: "function", name: `tool_${index}`, description: text(400, index + 1), strict: false, parameters };
}

function message(role: string, content: string): object {
  return {
    type: "message",
    role,
    content: [{ type: role === "assistant" ? "output_text" : "input_text", text: content }],
  };
}

/** A 50 KB developer message and a user message, with a history between them up to the size. */
function request(bytes: number): object {
  const input = [message("developer", text(50_000, 7))];
  for (let used = 60_000, seed = 11; used < bytes; used += 7700, seed++) {
    input.push(message("user", text(1500, seed)), message("assistant", text(6000, seed + 2)));
  }
  input.push(message("user", text(800, 5)));
  return {
    model: "gpt-bench",
    instructions: text(300, 3),
    stream: true,
    store: false,
    parallel_tool_calls: true,
    tool_choice: "auto",
    reasoning: { effort: "medium", summary: "auto" },
    include: ["reasoning.encrypted_content"],
    prompt_cache_key: "0199a213-81c0-7800-8aa1-bbab2a035a53",
    tools: Array.from({ length: 11 }, (_, index) => tool(index)),
    input,
  };
}

/** The files' paths. */
export interface Bodies {
  readonly small: string;
  readonly large: string;
  readonly message: string;
}

export function writeBodies(folder: string): Bodies {
  const write = (name: string, body: object): string => {
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify(body));
    return file;
  };
  return {
    small: write("60k.json", request(60_000)),
    large: write("1m.json", request(1_000_000)),
    message: write("message.json", { type: "response.create", ...request(60_000) }),
  };
}
