/**
 * One session as one JSON document: what is exported, and read back by an import. docs/session.schema.json is made from
 * this (`npm run docs`). Fields may be added within a version; a reader passes over what it does not know.
 */
import { z } from "zod";

export const SCHEMA = "codex-plus/session";
/** Grows when a reader of the version before could not read what is written now. */
export const VERSION = 1;

/** As late as a Date goes. */
const moment = z.int().min(0).max(8.64e15).describe("ms since 1970");
const duration = z.number().describe("ms");
const count = z.int().nonnegative();

const usage = z
  .object({ input: count, cached: count, output: count, reasoning: count })
  .meta({ id: "usage", description: "tokens" });
const failure = z.object({ code: z.string(), message: z.string() }).meta({ id: "error" });
const legKind = z.enum(["turn", "compact", "warmup", "side"]);
const state = z
  .enum(["open", "completed", "incomplete", "failed", "interrupted", "cut"])
  .describe("open: not over when it was exported; interrupted: the person did it; cut: the connection did");

const wireItem = z.record(z.string(), z.unknown()).meta({
  id: "wireItem",
  description: "as on the wire of the Responses API; a picture is `codex-plus:blob/HASH`, to be found in `blobs`",
});

const limit = z
  .object({
    name: z.string(),
    usedPercent: z.number(),
    windowMinutes: z.number().optional(),
    resetsAt: z.number().optional().describe("seconds since 1970"),
  })
  .meta({ id: "limit" });

const mcp = z
  .object({
    server: z.string().describe("as it is written down"),
    tool: z.string().describe("as the server names it"),
    client: z.string().describe("who asked for it"),
    at: moment,
    ms: duration,
    failed: z.boolean(),
  })
  .meta({ id: "mcp", description: "how a call of an MCP tool went that Codex-Plus has made" });

const item = z
  .object({
    id: z.string().optional().describe("its id on the wire"),
    type: z.string(),
    role: z
      .enum(["user", "assistant", "tool", "reasoning", "context"])
      .describe("who speaks: user is what a person typed, context is all that clients add by themselves"),
    tool: z.string().optional().describe("the tool that is called; on its output too"),
    callId: z.string().optional().describe("the same for a call and its output"),
    out: z.boolean().describe("whether the model (or Codex-Plus) said it, rather than the client"),
    partial: z.literal(true).optional().describe("only a part of it arrived"),
    leg: z.int().nonnegative().optional().describe("which of the turn's legs it came with, from 0"),
    at: moment,
    mcp: mcp.optional(),
    body: wireItem.describe(
      "what the wire does not show stands in types of ours: `mcp_tool_call` and `mcp_tool_call_output`",
    ),
    sent: z.array(wireItem).optional().describe("what went up in its place, where that was not the same"),
  })
  .meta({ id: "item" });

const leg = z
  .object({
    key: z.string().describe("unique; an import passes over what is known already"),
    kind: legKind,
    wire: z.enum(["sse", "ws", "json"]),
    trigger: z.string().optional(),
    model: z.string().optional(),
    effort: z.string().optional(),
    started: moment,
    firstByteMs: duration.optional(),
    ms: duration.optional(),
    state,
    status: z.int().optional().describe("the HTTP status, or that of an error frame"),
    local: z.boolean().describe("answered by Codex-Plus, and never sent up"),
    dropped: z.boolean().describe("its bodies are missing: the recorder was behind"),
    responseId: z.string().optional(),
    usage: usage.optional(),
    error: failure.optional(),
  })
  .meta({ id: "leg" });

const turn = z
  .object({
    id: z.string().optional().describe("Codex's own"),
    position: z.int().positive().describe("1, 2, 3 … in its thread"),
    trigger: z.string().optional().describe("who began it"),
    kind: legKind,
    model: z.string().optional(),
    effort: z.string().optional(),
    started: moment,
    firstByteMs: duration.optional(),
    ms: duration.optional().describe("from the first leg's start to the last one's end"),
    state,
    local: z.boolean(),
    usage,
    limits: z.array(limit).optional().describe("rate limits as they stood"),
    error: failure.optional(),
    legs: z.array(leg).describe("requests: one for the prompt and one for each round of tool calls"),
    items: z.array(item).describe("what was said, in order; what came before is not repeated"),
  })
  .meta({ id: "turn", description: "what is told of a turn is drawn from its legs" });

const thread = z
  .object({
    id: z.string().min(1),
    kind: z.enum(["user", "subagent", "review", "title", "guardian", "memory", "sample", "other"]),
    root: z
      .string()
      .min(1)
      .describe("the thread that the person sees: its own id but for sub-agents and side requests"),
    parent: z.string().optional(),
    forkedFrom: z.string().optional(),
    forkedAt: z
      .object({ thread: z.string(), item: z.int().nonnegative() })
      .optional()
      .describe("the last item that stands in its history too: in which thread of this document, and where, from 0"),
    agent: z.string().optional().describe("a sub-agent's path"),
    client: z.string().optional(),
    clientVersion: z.string().optional(),
    provider: z.string().optional(),
    cwd: z.string().optional(),
    commit: z.string().optional(),
    model: z.string().optional(),
    effort: z.string().optional(),
    title: z.string().optional(),
    turns: z.array(turn),
    waiting: z.array(item).describe("items that belong to no turn yet: they came with a socket's prewarm"),
  })
  .meta({ id: "thread" });

const blob = z
  .object({
    mediaType: z.string(),
    size: count.describe("bytes"),
    data: z
      .string()
      .optional()
      .meta({ contentEncoding: "base64", description: "missing where it was too large to be kept" }),
  })
  .meta({ id: "blob" });

/** The document as a whole. */
export const session = z.object({
  schema: z.literal(SCHEMA),
  version: z.literal(VERSION),
  masked: z.boolean().describe("whether known patterns of secrets were replaced by `[masked]`"),
  thread: thread.describe("the session's own thread"),
  below: z.array(thread).describe("threads of sub-agents, reviews and side requests, oldest first"),
  inherited: z.array(thread).describe("what a fork has of the threads it was forked from, oldest first"),
  blobs: z.record(z.string().regex(/^[0-9a-f]{64}$/), blob).describe("pictures by their SHA-256"),
});

export type Session = z.infer<typeof session>;
export type SessionThread = z.infer<typeof thread>;
export type SessionTurn = z.infer<typeof turn>;
export type SessionLeg = z.infer<typeof leg>;
export type SessionItem = z.infer<typeof item>;
export type SessionBlob = z.infer<typeof blob>;
