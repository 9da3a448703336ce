/**
 * What Claude Code 2.1.328 was recorded to do with hooks, done here the same: `claude.json` holds each case's settings, the
 * events that came of it, and what the model, the person and the disk had of it. Departures stand there with their reasons.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import type { HookEvent, HookInput, Verdict } from "../../src/hooks/hook.ts";
import { type Bench, bench } from "./bench.ts";

interface Fired {
  readonly event: HookEvent;
  readonly [field: string]: unknown;
}

interface Outcome {
  /** For the model, a line each. */
  readonly told?: readonly string[];
  /** What the model went on with at a Stop. */
  readonly fed?: readonly string[];
  /** In the place of a tool's output. */
  readonly denied?: readonly string[];
  /** For the person. */
  readonly notices?: readonly string[];
  /** A tool's input, as a hook wanted it. */
  readonly rewritten?: unknown;
  /** A tool's output, as a hook wanted it. */
  readonly replaced?: string;
  /** Instead of an answer. */
  readonly stdout?: string;
  readonly ended?: string;
  readonly posts?: readonly unknown[];
  /** Files that hooks wrote, a line each. */
  readonly dumps?: Readonly<Record<string, readonly unknown[]>>;
}

interface Case {
  readonly id: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string>>;
  /** Below the project: where the session was started. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What an HTTP hook answers. */
  readonly http?: { readonly status: number; readonly body: string; readonly type?: string };
  readonly events: readonly Fired[];
  readonly outcome: Outcome;
  /** Where we do otherwise on purpose: what differs, and why. */
  readonly departure?: Outcome & { readonly why: string };
}

const CASES: readonly Case[] = JSON.parse(await readFile(join(import.meta.dirname, "claude.json"), "utf8"));

const mode = { permission_mode: "default", prompt_id: "<UUID>" };
const busy = { ...mode, effort: { level: "medium" } };
const call = { ...busy, tool_use_id: "toolu_00" };
/** What every event of its kind has; the cases say only what differs. */
const COMMON: Readonly<Partial<Record<HookEvent, object>>> = {
  SessionStart: { source: "startup" },
  UserPromptSubmit: { ...mode, prompt: "hello prompt" },
  UserPromptExpansion: mode,
  PreToolUse: call,
  PostToolUse: { ...call, duration_ms: 1 },
  PostToolUseFailure: { ...call, duration_ms: 1 },
  Stop: { ...busy, stop_hook_active: false, last_assistant_message: "OK", background_tasks: [], session_crons: [] },
  SessionEnd: { prompt_id: "<UUID>", reason: "other" },
};

// Much of a case is waiting for a shell that sleeps.
suite("Claude Code's hooks", { concurrency: 4 }, () => {
  for (const { id, departure, ...recorded } of CASES) {
    test(`${id} ${departure === undefined ? "is as recorded" : `departs: ${departure.why}`}`, async (t) => {
      const here = await bench(t, recorded);
      const { why: _, ...differs } = departure ?? { why: "" };
      const expected = { ...recorded.outcome, ...differs };
      const kept = Object.entries(expected).filter(([, value]) => value !== null);
      assert.deepEqual(await outcomeOf(recorded, here), Object.fromEntries(kept));
    });
  }
});

async function outcomeOf({ events }: Omit<Case, "id">, here: Bench): Promise<Outcome> {
  const said: { readonly fired: Fired; readonly verdict: Verdict }[] = [];
  for (const { event, ...fields } of events) {
    const given = { session_id: "<SESSION>", transcript_path: "<TRANSCRIPT>", cwd: here.start, ...COMMON[event] };
    const input: HookInput = JSON.parse(here.filled(JSON.stringify({ ...given, ...fields })));
    const verdict = await here.hooks.fire(event, input, { project: here.start, signal: AbortSignal.timeout(60_000) });
    said.push({ fired: { event, ...fields }, verdict });
    await here.quiet();
  }
  const of = (event: HookEvent): Verdict[] =>
    said.filter(({ fired }) => fired.event === event).map(({ verdict }) => verdict);
  const others = said.flatMap(({ fired, verdict }) => {
    const held = fired.event.startsWith("UserPrompt") && verdict.block !== undefined;
    return held || fired.event === "Stop" ? [] : [verdict];
  });
  const prompt = [...of("UserPromptSubmit"), ...of("UserPromptExpansion")];
  const ended = said.find(({ verdict, fired }) => verdict.stop !== undefined && ENDED[fired.event] !== undefined);
  const outcome = {
    told: linesOf(...others.flatMap(({ context }) => context)),
    fed: of("Stop").flatMap(({ block, context, stop }) =>
      stop === undefined ? linesOf(block?.reason ?? "", ...context) : [],
    ),
    denied: of("PreToolUse").flatMap(({ block, decision, reason = "", stop }) => {
      if (stop !== undefined) return [];
      if (block !== undefined) return [linesOf(block.reason).join("\n")];
      return decision === "ask" ? [reason] : [];
    }),
    notices: said.flatMap(({ verdict }) => verdict.messages),
    rewritten: of("PreToolUse").find(({ block, decision }) => block === undefined && decision !== "ask")?.updatedInput,
    replaced: (of("PostToolUse")[0]?.updatedOutput as { stdout: string } | undefined)?.stdout,
    stdout: prompt
      .map(({ block, stop }) => (block === undefined ? stopped(stop?.reason) : linesOf(block.reason).join("\n")))
      .find((text) => text !== undefined),
    ended: ended === undefined ? deferred(of("PreToolUse")) : ENDED[ended.fired.event],
    posts: here.posts,
    dumps: await here.dumps(),
  };
  const plain = JSON.parse(here.masked(JSON.stringify(outcome))) as Outcome;
  return Object.fromEntries(Object.entries(plain).filter(([, value]) => !isEmpty(value)));
}

const ENDED: Readonly<Partial<Record<HookEvent, string>>> = {
  PreToolUse: "hook_stopped",
  PostToolUse: "hook_stopped",
  Stop: "stop_hook_prevented",
};

function deferred(verdicts: readonly Verdict[]): string | undefined {
  return verdicts.some(({ decision }) => decision === "defer") ? "tool_deferred" : undefined;
}

function stopped(reason: string | undefined): string | undefined {
  if (reason === undefined) return undefined;
  return reason === "" ? "Operation stopped by hook" : `Operation stopped by hook: ${reason}`;
}

function linesOf(...texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split("\n")).filter((line) => line !== "");
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
