/** What an MCP server says, as parts of a prompt. */
import type { ContentBlock, PromptMessage, ReadResourceResult } from "@modelcontextprotocol/sdk/types.js";
import { pictureUrl } from "../protocol/picture.ts";
import type { PromptPart } from "../protocol/prompt.ts";

export interface ContentOptions {
  /** The server's name. */
  readonly server: string;
  /** Of one text so much goes along, in bytes; then a word about the rest. */
  readonly maxBytes: number;
}

type ResourceContents = ReadResourceResult["contents"][number];

/**
 * The messages of a prompt as parts of one message: a person has typed the command, and what the model gets stays a person's
 * message. Where the server has written both sides of a talk, each text says whose it is.
 */
export function promptParts(messages: readonly PromptMessage[], options: ContentOptions): PromptPart[] {
  const talk = messages.some(({ role }) => role === "assistant");
  return messages.map(({ role, content }) => {
    const part = blockPart(content, options);
    return talk && typeof part === "string" ? `${role === "user" ? "User" : "Assistant"}:\n${part}` : part;
  });
}

function blockPart(block: ContentBlock, options: ContentOptions): PromptPart {
  if (block.type === "text") return cut(block.text, options.maxBytes);
  if (block.type === "resource") {
    const { resource } = block;
    return ("blob" in resource && picture(resource.blob, resource.mimeType)) || resourceText(resource, options);
  }
  if (block.type === "resource_link") {
    const about = block.description === undefined ? "" : `: ${block.description}`;
    return `[resource ${block.name} of ${options.server}, ${block.uri}${about}]`;
  }
  const shown = block.type === "image" ? picture(block.data, block.mimeType) : undefined;
  return shown ?? `[${block.type} (${block.mimeType}): it cannot go along]`;
}

function picture(data: string, type: string | undefined): PromptPart | undefined {
  const image = pictureUrl(type, data);
  return image === undefined ? undefined : { image };
}

/** A resource as text for the model; of what is no text only a word. */
export function resourceText(resource: ResourceContents, { server, maxBytes }: ContentOptions): string {
  const type = resource.mimeType ?? "of no named type";
  return wrapped(
    server,
    resource.uri,
    "text" in resource
      ? cut(resource.text, maxBytes)
      : `[not attached: it is no text (${type}, ${Buffer.byteLength(resource.blob, "base64")} bytes)]`,
  );
}

/** A text about a resource, or its own, in what tells the model whose it is. */
export function wrapped(server: string, uri: string, text: string): string {
  return `<mcp-resource server=${JSON.stringify(server)} uri=${JSON.stringify(uri)}>\n${text}\n</mcp-resource>`;
}

/** The beginning of a text, whole characters, and how much of it is left out. */
function cut(text: string, maxBytes: number): string {
  const size = Buffer.byteLength(text);
  if (size <= maxBytes) return text;
  const kept = new TextDecoder().decode(Buffer.from(text).subarray(0, maxBytes), { stream: true });
  const left = size - Buffer.byteLength(kept);
  return `${kept}\n[cut: ${left} of ${size} bytes are left out (setting mcp.resourceBytes)]`;
}
