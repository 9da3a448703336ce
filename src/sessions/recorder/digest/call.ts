/** What is kept of a call of an MCP tool. */
import { hash } from "node:crypto";
import type { Call, ThreadFacts } from "../../ledger.ts";
import type { Called } from "../notes.ts";
import { itemFacts } from "./item.ts";
import type { Digest } from "./request.ts";
import { fieldsOf, textOf } from "./values.ts";

/** Of one text so many UTF-16 units are kept. */
const MOST = 1024 * 1024;
const DAY_MS = 24 * 3_600_000;

export function callOf(called: Called, { run, blobBytes }: Pick<Digest, "run" | "blobBytes">): Call {
  const { name, server, tool, client, at, ms, failed, request, turn, input, structured } = called;
  const id = `mcp_${run}_${called.id}`;
  const { callId = id } = called;
  const content = called.content.map(part);
  if (structured !== undefined && !content.some(({ text }) => text !== undefined)) content.push(json(structured));
  const call = { type: "mcp_tool_call", id, call_id: callId, name, arguments: bounded(JSON.stringify(input)) };
  const output = { type: "mcp_tool_call_output", id: `${id}_output`, call_id: callId, output: { content } };
  const facts = { blobBytes };
  return {
    thread: threadOf(called),
    leg: request && `${run}/${request}`,
    turn,
    callId,
    name,
    mcp: { server, tool, client, at, ms, failed },
    items: [itemFacts(call, facts), { ...itemFacts(output, facts), tool: name }],
  };
}

/** Clients that name no conversation: what one of them calls for in one folder on one day belongs together. */
function threadOf({ thread, session, client, cwd, at }: Called): ThreadFacts {
  const about = { cwd, source: "wire" } as const;
  if (thread === undefined) {
    const id = `mcp_${hash("sha256", JSON.stringify([client, cwd, Math.floor(at / DAY_MS)])).slice(0, 24)}`;
    return { ...about, id, kind: "other", root: id, client, title: `MCP calls of ${client}` };
  }
  if (session === undefined || session === thread) return { ...about, id: thread, kind: "user", root: thread };
  return { ...about, id: thread, kind: "subagent", root: session, parent: session };
}

/** A content block of MCP, with what is no text where the wire's items have theirs, so that it is kept as theirs is. */
function part(block: unknown): Readonly<Record<string, unknown>> {
  const { type, ...fields } = fieldsOf(block);
  const { text, data, mimeType, resource } = fields;
  if (typeof text === "string") return { type, ...fields, text: bounded(text) };
  if (typeof data === "string") {
    return { type: type === "image" ? "input_image" : type, image_url: dataUrl(mimeType, data) };
  }
  const { blob, text: words, mimeType: kind, ...about } = fieldsOf(resource);
  if (typeof words === "string") return { type, resource: about, text: bounded(words) };
  if (typeof blob === "string") return { type, resource: about, file_data: dataUrl(kind, blob) };
  return json(block);
}

function json(value: unknown): Readonly<Record<string, unknown>> {
  return { type: "text", text: bounded(JSON.stringify(value) ?? "") };
}

function dataUrl(mimeType: unknown, base64: string): string {
  return `data:${textOf(mimeType) ?? "application/octet-stream"};base64,${base64}`;
}

function bounded(text: string): string {
  if (text.length <= MOST) return text;
  return `${text.slice(0, MOST).toWellFormed()}\n… (${text.length - MOST} more characters are not recorded)`;
}
