/** What hooks make of the result of an MCP tool. */

import type { CallToolResult, ContentBlock } from "@modelcontextprotocol/sdk/types.js";
import { isObject } from "../../lib/is-object.ts";

/** Told to the model in the place of a call that is not made. */
export function refusal(reason: string, context: readonly string[]): CallToolResult {
  return { content: [reason, ...context].map(textBlock), isError: true };
}

/**
 * What a hook has put in the place of a result (`updatedMCPToolOutput`): a result of MCP's own form, its content, or any
 * other value, of which the model reads the text. Nothing of the result itself is left but whether it had failed.
 */
export function replaced({ isError }: CallToolResult, output: unknown): CallToolResult {
  const failed = isError === undefined ? {} : { isError };
  if (isContent(output)) return { ...failed, content: [...output] };
  if (!isObject(output) || !isContent(output.content)) return { ...failed, content: [textBlock(textOf(output))] };
  const { content, structuredContent } = output;
  return { ...failed, content: [...content], ...(isObject(structuredContent) && { structuredContent }) };
}

/**
 * The result with what hooks have to say behind it.
 * @param one whether who reads it would look at nothing else where there is structured content
 */
export function withContext(result: CallToolResult, context: readonly string[], one: boolean): CallToolResult {
  if (context.length === 0) return result;
  const { structuredContent, ...rest } = result;
  const kept = one || structuredContent === undefined ? {} : { structuredContent };
  return { ...rest, ...kept, content: [...rest.content, ...context.map(textBlock)] };
}

function textBlock(text: string): ContentBlock {
  return { type: "text", text };
}

function textOf(output: unknown): string {
  return typeof output === "string" ? output : (JSON.stringify(output) ?? "");
}

function isContent(value: unknown): value is readonly ContentBlock[] {
  return Array.isArray(value) && value.every((block) => isObject(block) && typeof block.type === "string");
}
