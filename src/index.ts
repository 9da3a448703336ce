/** The public door: start a proxy from code. */
export { type App, type AppOptions, startApp } from "./app.ts";
export { type CommandDefinition, type CommandInput, type CommandOutput, defineCommand } from "./commands/define.ts";
export { loadConfig } from "./config/load.ts";
export { type Config, type Settings, settingsSchema } from "./config/schema.ts";
export type { RawHeaders } from "./contracts.ts";
export { CodexPlusError, ERRORS, type ErrorCode } from "./errors.ts";
export { defineHook, type HookDefinition, type HookOutput, type PreInput, type StreamEvent } from "./hooks/define.ts";
export type { HookEvent, HookInput } from "./hooks/hook.ts";
export type { Frame, WireEvent } from "./protocol/frame.ts";
export type { Item, RequestBody, RequestDraft, RequestJson } from "./protocol/request.ts";
export { reply, say } from "./protocol/say.ts";
export type { Head, Needs, Outcome, Reply, Stage, Turn, TurnKind, Wire } from "./turn.ts";
