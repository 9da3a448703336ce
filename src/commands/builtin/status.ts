/** `/status`: the proxy, the way it goes, this conversation, and what is left of the limits. */
import { count, short } from "../../lib/amounts.ts";
import { type Builtin, table } from "./builtin.ts";

/** What a conversation has used since this proxy first saw it. */
export interface Usage {
  readonly turns: number;
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

export interface Limit {
  readonly name: string;
  readonly usedPercent: number;
  /** Seconds since 1970; undefined where upstream did not say. */
  readonly resetsAt: number | undefined;
}

/** How what passes is recorded: requests with their answers. */
export interface Recording {
  /** What is wrong; undefined while all is well. */
  readonly trouble: string | undefined;
  /** Recorded since this proxy began, those of them without their bodies, and those that were lost. */
  readonly legs: number;
  readonly dropped: number;
  readonly lost: number;
}

export interface StatusFacts {
  readonly version: string;
  readonly url: string;
  readonly upstream: string;
  readonly transport: string;
  /** ms since 1970 */
  readonly startedAt: number;
  readonly usage: (thread: string) => Usage | undefined;
  readonly limits: () => readonly Limit[];
  /** Undefined where it is turned off. */
  readonly recording: () => Recording | undefined;
  /** Runs of hooks since this proxy began: newest first, the last ones. */
  readonly hooks: () => readonly { readonly outcome: string }[];
  /** The MCP servers of the folder that a client works in, where it said so; undefined where they are turned off. */
  readonly servers: (folder: string | undefined) => Promise<readonly { readonly state: string }[] | undefined>;
}

export function status(facts: () => StatusFacts, now: () => number = Date.now): Builtin {
  return {
    name: "status",
    description: "this proxy, this conversation, and your limits",
    async run({ thread, model, cwd }) {
      const { version, url, upstream, transport, startedAt, usage, limits, recording, hooks, servers } = facts();
      const used = usage(thread);
      const rows = [
        ["proxy", `Codex-Plus ${version} at ${url}, up ${span(now() - startedAt)}`],
        ["upstream", `${upstream} (transport ${transport})`],
        ["model", model || "not said"],
        ...(cwd === undefined ? [] : [["folder", cwd]]),
        ["turns", used === undefined ? "none yet through this proxy" : String(used.turns)],
        ...(used === undefined ? [] : [["tokens", tokens(used)]]),
        ...limits().map(({ name, usedPercent, resetsAt }) => [
          `limit: ${name}`,
          `${usedPercent}% used${resetsAt === undefined ? "" : `, resets ${new Date(resetsAt * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`}`,
        ]),
        ["recording", recorded(recording())],
        ["hooks", ran(hooks())],
        ["MCP", standing(await servers(cwd))],
      ];
      return table(["", "Codex-Plus"], rows);
    },
  };
}

function tokens({ input, cached, output }: Usage): string {
  const share = input === 0 ? 0 : Math.round((100 * cached) / input);
  return `${short(input)} in (${share}% cached), ${short(output)} out`;
}

function ran(runs: readonly { readonly outcome: string }[]): string {
  if (runs.length === 0) return "none ran yet";
  const failed = runs.filter(({ outcome }) => outcome === "failed" || outcome === "timeout").length;
  const last = `the last ${runs.length}`;
  return failed === 0 ? `${last} went well` : `${failed} of ${last} failed: //hooks tells why`;
}

function standing(servers: readonly { readonly state: string }[] | undefined): string {
  if (servers === undefined) return "off (mcp.enabled)";
  if (servers.length === 0) return "no servers for this folder";
  const many = (state: string): number => servers.filter((each) => each.state === state).length;
  const told = [
    [many("ready"), "running"],
    [many("failed"), "failed"],
    [many("login"), "waiting for a login"],
    [many("held"), "off or not trusted"],
  ] as const;
  const words = told.flatMap(([number, word]) => (number === 0 ? [] : [`${number} ${word}`]));
  return `${[count(servers.length, "server"), ...words].join(", ")}: //mcp tells more`;
}

function recorded(recording: Recording | undefined): string {
  if (recording === undefined) return "off (sessions.record)";
  const { trouble, legs, dropped, lost } = recording;
  const missing = [
    ...(dropped > 0 ? [`${dropped} without their text, as too much came at once`] : []),
    ...(lost > 0 ? [`${lost} lost`] : []),
  ];
  const counts = [count(legs, "request"), ...missing].join(", ");
  return trouble === undefined ? `on: ${counts}` : `not for now: ${trouble} (${counts})`;
}

/** "3 h 5 min" */
function span(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
