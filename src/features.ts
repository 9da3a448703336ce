/** The rooms that the stages stand on, built from the configuration: commands, and what has to stay true of them. */
import type { Builtin } from "./commands/builtin/builtin.ts";
import { help } from "./commands/builtin/help.ts";
import { hooks as hookList } from "./commands/builtin/hooks.ts";
import { mcp as serverList } from "./commands/builtin/mcp.ts";
import { plus } from "./commands/builtin/plus.ts";
import { type Saved, save, type Wish } from "./commands/builtin/save.ts";
import { sessions } from "./commands/builtin/sessions.ts";
import { type StatusFacts, status } from "./commands/builtin/status.ts";
import { Commands } from "./commands/index.ts";
import { shellVariables } from "./config/environment.ts";
import { commandHomes, pathsOf } from "./config/paths.ts";
import type { Config } from "./config/schema.ts";
import { TrustList } from "./config/trust.ts";
import { createHooks } from "./hooking.ts";
import { GatedCalls } from "./hooks/gated.ts";
import type { Run } from "./hooks/hook.ts";
import { createNativeFeeder, type NativeFeeder } from "./hooks/native/index.ts";
import { RunLog } from "./hooks/run-log.ts";
import { StoppedTurns } from "./hooks/stopped.ts";
import { WireEvents } from "./hooks/wire.ts";
import { VERSION } from "./lib/version.ts";
import type { Logger } from "./log.ts";
import { createGateway, type Gateway } from "./mcp/gateway/index.ts";
import type { ServerStatus } from "./mcp/mcp.ts";
import { createMcp } from "./serving-mcp.ts";
import { Continuity } from "./sessions/continuity/index.ts";
import { Reading } from "./sessions/reading/index.ts";
import { Recorder, type RecorderStatus } from "./sessions/recorder/index.ts";
import { sqliteShelf } from "./sessions/sqlite/continuity.ts";
import { toolNames } from "./stages/calls/names.ts";
import { recordCalls } from "./stages/calls/recorded.ts";
import { callHooks } from "./stages/calls.ts";
import { HookFeeder } from "./stages/hooks.ts";
import { createStages } from "./stages/index.ts";
import { ServerPrompts } from "./stages/server-prompts.ts";
import { ServerResources } from "./stages/server-resources.ts";
import { type TranscriptOptions, Transcripts } from "./stages/transcript/index.ts";
import type { Stage } from "./turn.ts";

export interface Features {
  readonly stages: readonly Stage[];
  /** Answers what Codex tells its own hooks. */
  readonly hook: NativeFeeder;
  /** MCP servers for clients that speak the protocol; undefined where MCP is off. */
  readonly gateway: Gateway | undefined;
  /** How hooks ran since we began, newest first. */
  runs(): readonly Run[];
  /** How the recorder fares; undefined where nothing is recorded. */
  recording(): RecorderStatus | undefined;
  /** How the MCP servers of a folder stand; of the person's home where none is said; undefined where MCP is off. */
  servers(folder: string | undefined): Promise<readonly ServerStatus[] | undefined>;
  /** Writes what is still unwritten. */
  close(): Promise<void>;
}

/** How long a conversation that nobody goes on with is remembered, in ms. */
const KEPT_MS = 180 * 24 * 3_600_000;
/** Until a resource that a prompt mentions must have been read, in ms. */
const RESOURCE_MS = 10_000;

/** @param facts what /status tells, asked when it is called */
export function createFeatures(config: Config, log: Logger, facts: () => StatusFacts): Features {
  const { environment } = config;
  const paths = pathsOf(environment.home);
  const homes = commandHomes(environment);
  const gated = new GatedCalls();
  const ended = new StoppedTurns();
  const { record, queueBytes, blobBytes } = config.sessions;
  const recorder = record ? new Recorder({ path: paths.database, queueBytes, blobBytes, log }) : undefined;
  const setAside = (file: string) =>
    log.error({ file }, "the database was broken: it has been set aside and a new one begun");
  const continuity = new Continuity(sqliteShelf(paths.database, setAside), log);
  continuity.prune(Date.now() - KEPT_MS);
  const reading = new Reading(paths.database);
  const transcripts = new Transcripts({ folder: paths.transcripts, behind: recorder && sayer(recorder, reading), log });
  const transcript = (session: string) => transcripts.pathOf(session);
  const runs = new RunLog(paths.hookLog);
  const hooks = createHooks(config, log, {
    ran: ({ run, input }) => runs.note(run, input),
    prepare: (input) => transcripts.update(input),
  });
  const calls = {
    around: callHooks({ hooks, gated, ended, transcript }),
    recorded: recorder && recordCalls(recorder),
  };
  const mcp = config.mcp.enabled ? createMcp(config, log, calls) : undefined;
  const names = mcp && toolNames(mcp);
  const { resourceBytes: maxBytes, callMs: answerMs } = config.mcp;
  const { requestBytes: bodyBytes } = config.limits;
  const trust = new TrustList(paths.trust);
  const commands = new Commands({
    homes,
    env: shellVariables(),
    settings: config.commands,
    trust: (file, digest) => trust.ask(file, digest),
    source: mcp && new ServerPrompts(mcp, maxBytes),
  });
  const feeder = new HookFeeder({
    hooks,
    wire: new WireEvents(hooks),
    continuity,
    transcript,
    gated,
    ended,
    elsewhere: homes.user,
  });

  const builtins: Builtin[] = [
    help(() => builtins),
    status(facts),
    save(recorder && saver(recorder, reading, paths.sessions, config.sessions.mask)),
    sessions(reading, record),
    hookList(hooks, homes.user),
    serverList(mcp, homes.user),
    plus({
      version: VERSION,
      node: process.versions.node,
      files: [
        ["settings", paths.config],
        ["conversations", paths.database],
        ["saved conversations", paths.sessions],
        ["trusted folders", paths.trust],
        ["runs of hooks", paths.hookLog],
        ["logs", config.log.file ?? paths.logs],
      ],
    }),
  ];
  return {
    stages: createStages({
      commands,
      builtins,
      resources: mcp && new ServerResources({ room: mcp, maxBytes, waitMs: RESOURCE_MS }),
      continuity,
      recorder,
      elsewhere: homes.user,
      hooks: feeder,
      tools: { hooks, gated, transcript, names },
      mcp: mcp && { room: mcp, settings: config.mcp, ended },
    }),
    hook: createNativeFeeder({ hooks, gated, ended, transcript, names, log }),
    gateway: mcp && createGateway({ room: mcp, elsewhere: homes.user, answerMs, bodyBytes, log }),
    runs: () => hooks.runs(),
    recording: () => recorder?.status(),
    servers: async (folder = homes.user) => mcp?.status(folder),
    async close() {
      await feeder.close();
      await mcp?.close();
      hooks.close();
      await runs.close();
      await reading.close();
      await recorder?.close();
      continuity.close();
    },
  };
}

/** Tells what was said in a conversation when all of it is recorded. */
function sayer(recorder: Recorder, reading: Reading): NonNullable<TranscriptOptions["behind"]> {
  return async (thread, after) => {
    await recorder.flush();
    return reading.behind(thread, after);
  };
}

/** Writes a conversation to a file when all that was said in it is recorded. */
function saver(recorder: Recorder, reading: Reading, folder: string, mask: boolean): (wish: Wish) => Promise<Saved> {
  return async ({ file, ...wish }) => {
    await recorder.flush();
    return reading.save({ ...wish, mask, to: file === undefined ? { folder } : { file } });
  };
}
