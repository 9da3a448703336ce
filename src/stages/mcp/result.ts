/** What a tool has answered, as the output of its call that a model reads: text, or text and pictures. */
import type { CallToolResult, ContentBlock, EmbeddedResource, ResourceLink } from "@modelcontextprotocol/sdk/types.js";
import { size } from "../../lib/amounts.ts";
import { pictureUrl } from "../../protocol/picture.ts";

/** A part of an output (Responses API: `input_text`, `input_image`). */
export type Part =
  | { readonly type: "input_text"; readonly text: string }
  | { readonly type: "input_image"; readonly image_url: string };

const NOTHING = "(the tool has answered nothing)";

export function outputOfResult({ content, structuredContent, isError }: CallToolResult): string | readonly Part[] {
  const parts = content.map(partOf);
  const texts = parts.flatMap((part) => (part.type === "input_text" ? [part.text] : []));
  if (structuredContent !== undefined && !texts.some((each) => says(each, structuredContent))) {
    parts.push(text(JSON.stringify(structuredContent)));
  }
  if (parts.length === 0) parts.push(text(NOTHING));
  if (isError === true) parts.unshift(text("The tool failed:"));
  if (parts.some(({ type }) => type === "input_image")) return parts;
  return parts.map((part) => (part.type === "input_text" ? part.text : "")).join("\n");
}

function partOf(block: ContentBlock): Part {
  switch (block.type) {
    case "text":
      return text(block.text);
    case "image":
      return picture(block.mimeType, block.data) ?? left(block.mimeType, block.data);
    case "audio":
      return left(block.mimeType, block.data);
    case "resource":
      return resource(block);
    case "resource_link":
      return text(linked(block));
  }
}

function resource({ resource }: EmbeddedResource): Part {
  const { uri, mimeType } = resource;
  if ("text" in resource) return text(`Resource ${uri}:\n${resource.text}`);
  return (
    picture(mimeType, resource.blob) ?? left(`resource ${uri}, ${mimeType ?? "of an unknown kind"}`, resource.blob)
  );
}

function linked({ uri, name, title, mimeType, description }: ResourceLink): string {
  const kind = mimeType === undefined ? "" : ` (${mimeType})`;
  return `Resource ${title ?? name}: ${uri}${kind}${description === undefined ? "" : `. ${description}`}`;
}

function picture(mimeType: string | undefined, data: string): Part | undefined {
  const image_url = pictureUrl(mimeType, data);
  return image_url === undefined ? undefined : { type: "input_image", image_url };
}

/** What a model cannot be shown, in words. */
function left(what: string, base64: string): Part {
  return text(`(${what}, ${size(Buffer.byteLength(base64, "base64"))}: it cannot be shown here)`);
}

/** Whether a text is this very JSON: servers say their structured content in text too, for clients that do not know it. */
function says(said: string, content: unknown): boolean {
  try {
    return JSON.stringify(JSON.parse(said)) === JSON.stringify(content);
  } catch {
    return false;
  }
}

function text(said: string): Part {
  return { type: "input_text", text: said };
}
