/** The hooks of one settings file: each handler by itself, so that one mistake costs one handler and not the file. */
import { z } from "zod";
import { type AnyEvent, EVENTS, type Handler, type HandlerOptions, type Problem, WIRE_EVENTS } from "../hook.ts";
import type { Layer } from "./layers.ts";

/** What a file says of hooks. */
export interface HookFile {
  readonly handlers: readonly Handler[];
  readonly problems: readonly Problem[];
  /** undefined where the file does not say. */
  readonly disableAllHooks: boolean | undefined;
  readonly allowManagedHooksOnly: boolean;
  /** Variables for the handlers' environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Address patterns (`https://hooks.example.com/*`); undefined for all. */
  readonly allowedHttpHookUrls: readonly string[] | undefined;
  readonly httpHookAllowedEnvVars: readonly string[] | undefined;
}

export const NO_HOOKS: HookFile = {
  handlers: [],
  problems: [],
  disableAllHooks: undefined,
  allowManagedHooksOnly: false,
  env: {},
  allowedHttpHookUrls: undefined,
  httpHookAllowedEnvVars: undefined,
};

const names = z.array(z.string()).optional().catch(undefined);
const fileSchema = z.looseObject({
  hooks: z.record(z.string(), z.unknown()).optional().catch(undefined),
  disableAllHooks: z.boolean().optional().catch(undefined),
  allowManagedHooksOnly: z.boolean().optional().catch(undefined),
  env: z.record(z.string(), z.unknown()).optional().catch(undefined),
  allowedHttpHookUrls: names,
  httpHookAllowedEnvVars: names,
});

const groupSchema = z.looseObject({
  matcher: z.string({ error: "its matcher is not text" }).optional(),
  hooks: z.array(z.unknown(), { error: "it has no list `hooks`" }),
});

const common = {
  timeout: z.number({ error: "its timeout is not a number of seconds" }).positive().optional(),
  if: z.string().optional(),
  async: z.boolean().optional(),
  asyncRewake: z.boolean().optional(),
  onFailure: z.enum(["block"]).optional().catch(undefined),
  statusMessage: z.string().optional(),
};
const handlerSchema = z.discriminatedUnion("type", [
  z.looseObject({
    type: z.literal("command"),
    command: z.string({ error: "it has no `command`" }).min(1, "its command is empty"),
    args: z.array(z.string()).optional(),
    shell: z.enum(["bash", "powershell"], { error: "its shell is neither bash nor powershell" }).optional(),
    ...common,
  }),
  z.looseObject({
    type: z.literal("process"),
    command: z.string({ error: "it has no `command`" }).min(1, "its command is empty"),
    priority: z.number().optional(),
    streamEvents: z.array(z.string()).optional(),
    ...common,
  }),
  z.looseObject({
    type: z.literal("http"),
    url: z.url({ protocol: /^https?$/, error: "its url is not an http(s) address" }),
    headers: z.record(z.string(), z.string()).optional(),
    allowedEnvVars: z.array(z.string()).optional(),
    ...common,
  }),
]);

const ALL: ReadonlySet<string> = new Set([...EVENTS, ...WIRE_EVENTS]);
const OURS: ReadonlySet<string> = new Set(["command", "http", "process"]);
/** Kinds that Claude Code has and that need Claude itself, or come later. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  prompt: "prompt hooks ask one of Claude's own models and are not run here",
  agent: "agent hooks start one of Claude's own agents and are not run here",
  mcp_tool: "mcp_tool hooks are not run here",
};

/** Reads one file. Never throws: what cannot be used is told of. */
export function parseSettings(text: string, layer: Layer): HookFile {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    return { ...NO_HOOKS, problems: [whole(layer, `it is not JSON (${(error as Error).message})`)] };
  }
  const file = fileSchema.safeParse(value);
  if (!file.success) return { ...NO_HOOKS, problems: [whole(layer, "it is not a JSON object")] };
  const handlers: Handler[] = [];
  const problems: Problem[] = [];
  if (file.data.hooks === undefined && Object.hasOwn(value as object, "hooks")) {
    problems.push(whole(layer, "`hooks` is no object of events"));
  }
  for (const [event, groups] of Object.entries(file.data.hooks ?? {})) {
    const wrong = (what: string, guards = isGuard(event)): unknown =>
      problems.push({ file: layer.file, what: `${event}: ${what}`, guards });
    if (!isEvent(event)) wrong("this event is not fired here", false);
    else if (!Array.isArray(groups)) wrong("it is not a list");
    else for (const group of groups) readGroup(group, event, layer, handlers, wrong);
  }
  const { disableAllHooks, allowManagedHooksOnly = false, allowedHttpHookUrls, httpHookAllowedEnvVars } = file.data;
  return {
    handlers,
    problems,
    disableAllHooks,
    allowManagedHooksOnly,
    env: texts(file.data.env ?? {}),
    allowedHttpHookUrls,
    httpHookAllowedEnvVars,
  };
}

function readGroup(
  value: unknown,
  event: AnyEvent,
  layer: Layer,
  handlers: Handler[],
  wrong: (what: string) => unknown,
): void {
  const group = groupSchema.safeParse(value);
  if (!group.success) {
    wrong(firstIssue(group.error));
    return;
  }
  for (const each of group.data.hooks) {
    const handler = handlerSchema.safeParse(each);
    if (handler.success && handler.data.type !== "process" && isWire(event)) {
      wrong("only processes and modules hear of this event");
    } else if (handler.success) handlers.push(handlerOf(handler.data, event, group.data.matcher, layer));
    else wrong(whyNot(each, handler.error));
  }
}

function handlerOf(
  data: z.output<typeof handlerSchema>,
  event: AnyEvent,
  matcher: string | undefined,
  layer: Layer,
): Handler {
  const { timeout, type: kind, if: rule, async, asyncRewake, onFailure, statusMessage } = data;
  const own: HandlerOptions =
    data.type === "command"
      ? { args: data.args, shell: data.shell }
      : data.type === "process"
        ? { priority: data.priority, streamEvents: data.streamEvents }
        : { headers: data.headers, allowedEnvVars: data.allowedEnvVars };
  return {
    event,
    matcher,
    kind,
    name: data.type === "http" ? data.url : data.command,
    file: layer.file,
    layer: layer.name,
    timeoutMs: timeout === undefined ? undefined : timeout * 1000,
    options: { ...own, if: rule, async, asyncRewake, onFailure, statusMessage },
  };
}

function whyNot(value: unknown, error: z.ZodError): string {
  const type = typeof value === "object" && value !== null && "type" in value ? String(value.type) : undefined;
  if (type === undefined) return "a handler without a type";
  const known = UNSUPPORTED[type];
  if (known !== undefined) return known;
  return OURS.has(type) ? firstIssue(error) : `a handler of the unknown type ${type}`;
}

function firstIssue(error: z.ZodError): string {
  return error.issues[0]?.message ?? "it cannot be read";
}

function whole({ file }: Layer, what: string): Problem {
  return { file, what: `none of its hooks runs: ${what}`, guards: true };
}

function isEvent(name: string): name is AnyEvent {
  return ALL.has(name);
}

function isWire(event: AnyEvent): boolean {
  return (WIRE_EVENTS as readonly string[]).includes(event);
}

function isGuard(event: string): boolean {
  return event === "PreToolUse" || event === "PermissionRequest";
}

function texts(values: Readonly<Record<string, unknown>>): Record<string, string> {
  const plain = Object.entries(values).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
  return Object.fromEntries(plain.map(([name, value]) => [name, String(value)]));
}
