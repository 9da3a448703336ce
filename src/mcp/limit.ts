/** How much of a tool's result reaches the model. */
import type { CallToolResult, ContentBlock, Tool } from "@modelcontextprotocol/sdk/types.js";

/** Of English text and JSON; what Claude Code counts with, too. */
const CHARACTERS_A_TOKEN = 4;
/** What a picture costs a model, about, in characters: its size in bytes says nothing of it. */
const PICTURE = 1600 * CHARACTERS_A_TOKEN;
/** A tool may ask for more than the setting, up to this many characters. */
const MOST_OF_TOOL = 500_000;

/**
 * The result within its limit. What is left out is told to the model, in a sentence at the end.
 * @param tokens the setting; a tool's own `_meta["anthropic/maxResultSizeChars"]` counts in its place
 */
export function limited(result: CallToolResult, tool: Tool, tokens: number): CallToolResult {
  const most = ownLimit(tool) ?? tokens * CHARACTERS_A_TOKEN;
  const size = result.content.reduce((sum, block) => sum + sizeOf(block), 0);
  const structured = result.structuredContent && JSON.stringify(result.structuredContent);
  const tooLong = structured !== undefined && structured.length > most;
  if (size <= most && !tooLong) return result;

  const { structuredContent, ...rest } = result;
  // The text of it is what servers must send beside it; where one has not, its JSON is that text.
  const full: ContentBlock[] =
    tooLong && result.content.length === 0 ? [{ type: "text", text: structured }] : result.content;
  const content = size <= most && full === result.content ? result.content : cut(full, most);
  return {
    ...rest,
    ...(structuredContent && !tooLong && { structuredContent }),
    content: [...content, { type: "text", text: told(Math.max(size, structured?.length ?? 0), most) }],
  };
}

/** The blocks from the first on, as far as there is room; of a text that does not fit, its beginning. */
function cut(blocks: readonly ContentBlock[], most: number): ContentBlock[] {
  const kept: ContentBlock[] = [];
  let room = most;
  for (const block of blocks) {
    const size = sizeOf(block);
    if (size <= room) {
      kept.push(block);
      room -= size;
      continue;
    }
    const shorter = shortened(block, room);
    if (shorter !== undefined) kept.push(shorter);
    // A picture that does not fit leaves its room to what comes behind it; a text takes all that is left.
    if (shorter !== undefined) break;
  }
  return kept;
}

function shortened(block: ContentBlock, room: number): ContentBlock | undefined {
  if (room <= 0) return undefined;
  if (block.type === "text") return { ...block, text: beginning(block.text, room) };
  if (block.type === "resource" && "text" in block.resource) {
    return { ...block, resource: { ...block.resource, text: beginning(block.resource.text, room) } };
  }
  return undefined;
}

/** In characters. Whatever is passed on as encoded data counts with all of it. */
function sizeOf(block: ContentBlock): number {
  if (block.type === "text") return block.text.length;
  if (block.type === "image") return PICTURE;
  if (block.type === "audio") return block.data.length;
  if (block.type === "resource")
    return "text" in block.resource ? block.resource.text.length : block.resource.blob.length;
  return JSON.stringify(block).length;
}

/** Never half of a character. */
function beginning(text: string, most: number): string {
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? most - 1 : most);
}

function ownLimit(tool: Tool): number | undefined {
  const own = tool._meta?.["anthropic/maxResultSizeChars"];
  return typeof own === "number" && own > 0 ? Math.min(own, MOST_OF_TOOL) : undefined;
}

function told(size: number, most: number): string {
  const number = (value: number) => value.toLocaleString("en-US");
  return (
    `[Cut: this result has ${number(size)} characters, of which about the first ${number(most)} are shown. ` +
    "If you need the rest, ask for less at a time: a narrower query, a page, a range or a smaller limit, as far as the tool takes one.]"
  );
}
