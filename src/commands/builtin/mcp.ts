/** `/mcp [server]`: the MCP servers of this folder, how each stands, what it offers, and what there is to do. */
import { count } from "../../lib/amounts.ts";
import { nearestName } from "../../lib/nearest.ts";
import { shellWord } from "../../lib/shell-word.ts";
import { type Builtin, table } from "./builtin.ts";
import { details } from "./mcp-details.ts";
import { type Offered, type Standing, scopeOf } from "./mcp-standing.ts";
import { code, plain } from "./wording.ts";

export interface ServerRoom {
  set(folder: string): Promise<{ readonly problems: readonly Unusable[] }>;
  status(folder: string): Promise<readonly Standing[]>;
}

interface Unusable {
  readonly name: string;
  readonly file: string;
  readonly message: string;
}

/**
 * @param room undefined where MCP is turned off
 * @param elsewhere the folder that counts where a client does not say in which it works
 */
export function mcp(room: ServerRoom | undefined, elsewhere: string, now: () => number = Date.now): Builtin {
  return {
    name: "mcp",
    hint: "[server]",
    description: "the MCP servers of this folder, how they stand and what they offer",
    async run({ args, cwd = elsewhere }) {
      if (room === undefined) return "MCP is off (`mcp.enabled` in `config.json`): no server is started.";
      const [all, { problems }] = await Promise.all([room.status(cwd), room.set(cwd)]);
      const name = args.trim();
      return name === "" ? overview(cwd, all, problems, now()) : one(name, all, problems, now());
    },
  };
}

const MOST_ERROR = 300;
const HOW =
  "`//mcp SERVER` tells all of one; prompts are commands (`//mcp__SERVER__PROMPT`), and `@SERVER:URI` in a prompt attaches a resource. In a shell: `codex-plus mcp list`, `add`, `login`, `test`.";

function overview(cwd: string, all: readonly Standing[], problems: readonly Unusable[], now: number): string {
  if (all.length + problems.length === 0) {
    return `No MCP servers for ${code(cwd)}. They are read from \`.mcp.json\`; in a shell \`codex-plus mcp add\` writes one down.`;
  }
  const rows = all.map((each) => [
    code(each.server.name),
    stateText(each, now),
    ...(each.offer === undefined ? ["?", "?", "?"] : amounts(each.offer)),
    `${scopeOf(each.server)} ${code(each.server.file)}`,
  ]);
  const todo = all.flatMap((each) => advice(each).map((text) => `- ${code(each.server.name)}: ${text}`));
  const broken = problems.map(
    ({ name, file, message }) => `- ${code(name)} (${code(file)}): ${plain(message, MOST_ERROR)}`,
  );
  return [
    `**MCP servers for** ${code(cwd)}`,
    ...(rows.length === 0 ? [] : [table(["server", "state", "tools", "prompts", "resources", "from"], rows)]),
    ...(todo.length === 0 ? [] : [`**To do**\n${todo.join("\n")}`]),
    ...(broken.length === 0 ? [] : [`**Cannot be used**\n${broken.join("\n")}`]),
    HOW,
  ].join("\n\n");
}

function one(name: string, all: readonly Standing[], problems: readonly Unusable[], now: number): string {
  const found = all.find(({ server }) => server.name === name || server.key === name);
  if (found !== undefined) return details(found, stateText(found, now), advice(found));
  const broken = problems.find((problem) => problem.name === name);
  if (broken !== undefined)
    return `${code(name)} cannot be used: ${plain(broken.message, MOST_ERROR)} (${code(broken.file)})`;
  const near = nearestName(name, [...all.map(({ server }) => server.name), ...problems.map((each) => each.name)]);
  return `There is no MCP server ${code(name)} here. ${near === undefined ? "//mcp lists those there are." : `Did you mean //mcp ${near}?`}`;
}

function amounts({ tools, prompts, resources, templates }: Offered): string[] {
  const forms = templates.length === 0 ? "" : ` and ${count(templates.length, "template")}`;
  return [String(tools.length), String(prompts.length), `${resources.length}${forms}`];
}

/** How a server stands, in the words of `codex-plus mcp list`. */
function stateText({ server, state, offer, error, retryAt, calls }: Standing, now: number): string {
  const why = error === undefined ? "" : `: ${plain(error, MOST_ERROR)}`;
  const wait = retryAt === undefined || retryAt <= now ? "" : `; left alone for ${Math.ceil((retryAt - now) / 1000)} s`;
  switch (state) {
    case "ready":
      return `running, ${count(calls, "call")}`;
    case "starting":
      return "starting";
    case "failed":
      return `failed${why}${wait}`;
    case "login":
      return "wants a login";
    case "held":
      return server.held?.why === "disabled" ? "off" : "not trusted";
    case "idle":
      return offer === undefined ? "never met" : "starts when it is used";
  }
}

/** What a person can do about a server that is not as it should be. */
function advice({ server, state, offer }: Standing): string[] {
  const name = shellWord(server.name);
  const unset = server.missing.map(code).join(", ");
  return [
    ...(state === "held" && server.held !== undefined ? [server.held.text] : []),
    ...(state === "login" ? [`log in once, in a shell: ${code(`codex-plus mcp login ${name}`)}`] : []),
    ...(state === "failed" || (state === "idle" && offer === undefined)
      ? [`to see what it does when it starts, in a shell: ${code(`codex-plus mcp test ${name}`)}`]
      : []),
    ...(unset === "" ? [] : [`not set in the environment of Codex-Plus: ${unset}`]),
  ];
}
