/** What a tool's output, as the client sends it to the model, tells of how the call went. */

export interface Result {
  /** What the tool itself has said, without what the client wrote above it. */
  readonly output: unknown;
  /** Undefined where there is none, or while the command goes on in the background. */
  readonly exitCode: number | undefined;
  /** Whether a person has broken it off. */
  readonly interrupted: boolean;
}

/** Codex's words above a command's output, 0.98 to 0.169. */
const HEAD =
  /^(?:(?:Chunk ID|Exit code|Wall time|Process|Original token count|Total output lines)\b[^\n]*\n)+Output:\n/;
const EXIT = /^(?:Exit code:|Process exited with code) (-?\d+)$/m;
const ABORTED = /^aborted(?: by user)?\b/;

/** @param output the field of a `…_call_output` item: text, or a list of content parts */
export function resultOf(output: unknown): Result {
  const text = textOf(output);
  if (text === undefined) return { output, exitCode: undefined, interrupted: false };
  const old = oldForm(text);
  if (old !== undefined) return old;
  const head = HEAD.exec(text)?.[0] ?? "";
  const code = EXIT.exec(head)?.[1];
  return {
    output: text.slice(head.length),
    exitCode: code === undefined ? undefined : Number(code),
    interrupted: ABORTED.test(text),
  };
}

/** Undefined where there is more to it than text. */
function textOf(output: unknown): string | undefined {
  if (typeof output === "string") return output;
  if (!Array.isArray(output) || output.length === 0) return undefined;
  const texts = output.map((part: { readonly text?: unknown } | null) => part?.text);
  return texts.every((text) => typeof text === "string") ? texts.join("") : undefined;
}

/** `{"output":"…","metadata":{"exit_code":0,…}}`: custom tools of older Codex. */
function oldForm(text: string): Result | undefined {
  if (!text.startsWith('{"output":')) return undefined;
  try {
    const { output, metadata } = JSON.parse(text);
    if (typeof output !== "string" || typeof metadata?.exit_code !== "number") return undefined;
    return { output, exitCode: metadata.exit_code, interrupted: false };
  } catch {
    return undefined;
  }
}

/** An output that a hook has put in another's place, which may be in Claude Code's form, as the text the model reads. */
export function replacedOutput(output: unknown): string {
  if (typeof output === "string") return output;
  if (Array.isArray(output)) return output.map(replacedOutput).join("\n");
  const { text, stdout, stderr, content } = { ...(output as Readonly<Record<string, unknown>> | null) };
  if (typeof text === "string") return text;
  if (typeof stdout === "string")
    return [stdout, stderr].filter((part) => typeof part === "string" && part !== "").join("\n");
  return Array.isArray(content) ? replacedOutput(content) : JSON.stringify(output);
}
