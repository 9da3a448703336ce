/** Legs and items for tests of the store: what is not said is as plain as can be. */
import { createHash } from "node:crypto";
import type { ItemFacts, Leg, Role, ThreadFacts } from "../../../src/sessions/ledger.ts";

export const thread = (id: string, more: Partial<ThreadFacts> = {}): ThreadFacts => ({
  id,
  kind: "user",
  root: id,
  source: "wire",
  ...more,
});

export const leg = (key: string, more: Partial<Leg> = {}): Leg => ({
  key,
  thread: thread("t"),
  begins: false,
  kind: "turn",
  wire: "sse",
  started: 1000,
  state: "completed",
  local: false,
  dropped: false,
  asked: [],
  whole: true,
  answered: [],
  ...more,
});

/** A message: its hash is that of role and text. */
export function message(role: Role, text: string, more: Partial<ItemFacts> = {}): ItemFacts {
  const { id } = more;
  return {
    hash: createHash("sha256").update(`${role} ${text}`).digest("hex").slice(0, 32),
    type: "message",
    role,
    text: role === "context" ? "" : text,
    body: JSON.stringify({ type: "message", ...(id !== undefined && { id }), role, content: [{ text }] }),
    partial: false,
    blobs: [],
    ...more,
  };
}

export const user = (text: string, id?: string): ItemFacts => message("user", text, { id });
export const assistant = (text: string, id?: string): ItemFacts => message("assistant", text, { id });
export const context = (text: string, id?: string): ItemFacts => message("context", text, { id });
export const call = (callId: string, tool: string, id?: string): ItemFacts =>
  message("tool", `${tool} ${callId}`, { id, callId, tool, type: "function_call" });
export const output = (callId: string, text: string, id?: string): ItemFacts =>
  message("tool", text, { id, callId, type: "function_call_output" });
