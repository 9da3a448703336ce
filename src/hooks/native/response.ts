/** A tool's result as Codex tells it, in the form in which Claude Code's hooks know that tool's. */
import type { Presented } from "../tools/present.ts";

export type Outcome = { readonly response: unknown } | { readonly error: string };

/** Codex's preamble to what a patch did. */
const PREAMBLE = /^Exit code: (\d+)\nWall time: [^\n]*\nOutput:\n/;

/**
 * @param response Codex's `tool_response`: text for shell and patches, an object for MCP tools
 * @param exitCode of a shell command, where it is known: Codex's hooks are not told it
 */
export function outcomeOf({ tool, input }: Presented, response: unknown, exitCode: number | undefined): Outcome {
  if (typeof response !== "string") return ofObject(tool, response);
  const preamble = PREAMBLE.exec(response);
  const code = exitCode ?? (preamble === null ? 0 : Number(preamble[1]));
  const output = response.slice(preamble?.[0].length ?? 0);
  if (code !== 0) return { error: [`Exit code ${code}`, output.trimEnd()].filter((part) => part !== "").join("\n") };
  return { response: shaped(tool, input, output) };
}

function shaped(tool: string, input: Presented["input"], output: string): unknown {
  if (tool === "Bash") {
    const stdout = output.replace(/\n$/, "");
    return { stdout, stderr: "", interrupted: false, isImage: false, noOutputExpected: false };
  }
  if (tool === "Write") {
    const { file_path: filePath, content } = input;
    return { type: "create", filePath, content, structuredPatch: [], originalFile: null, userModified: false };
  }
  if (tool === "Edit") {
    const {
      file_path: filePath,
      old_string: oldString,
      new_string: newString,
      replace_all: replaceAll = false,
    } = input;
    return { filePath, oldString, newString, originalFile: null, structuredPatch: [], userModified: false, replaceAll };
  }
  return output;
}

/** MCP results: Claude Code tells their content blocks. */
function ofObject(tool: string, response: unknown): Outcome {
  if (!tool.startsWith("mcp__") || typeof response !== "object" || response === null) return { response };
  const { content, isError } = response as { readonly content?: unknown; readonly isError?: unknown };
  if (isError === true) return { error: textsOf(content) };
  return { response: Array.isArray(content) ? content : response };
}

function textsOf(content: unknown): string {
  if (!Array.isArray(content)) return JSON.stringify(content) ?? "";
  return content
    .flatMap((block: { readonly text?: unknown }) => (typeof block?.text === "string" ? [block.text] : []))
    .join("\n");
}
