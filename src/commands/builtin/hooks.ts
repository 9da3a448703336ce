/** `/hooks`: what hooks there are for this folder, which of them are not run and why, and how they went lately. */
import { count, elapsed, moment } from "../../lib/amounts.ts";
import { type Builtin, table } from "./builtin.ts";

/** One hook, as far as it is told of here. */
interface Hook {
  readonly event: string;
  readonly matcher?: string | undefined;
  /** The command, the address or the file. */
  readonly name: string;
  /** The file it stands in. */
  readonly file: string;
}

export interface HookRoom {
  /** All there is for a folder. */
  set(folder: string): Promise<{
    readonly handlers: readonly Hook[];
    readonly untrusted: readonly {
      readonly file: string;
      readonly changed: boolean;
      readonly handlers: readonly Hook[];
    }[];
    readonly problems: readonly { readonly file: string; readonly what: string; readonly guards: boolean }[];
  }>;
  /** Newest first. */
  runs(): readonly {
    readonly handler: Hook;
    /** ms since 1970 */
    readonly at: number;
    readonly ms: number;
    readonly outcome: string;
    readonly note?: string | undefined;
  }[];
}

const RUNS = 10;
const MOST_NOTE = 120;

/** @param elsewhere the folder that counts where a client does not say in which it works */
export function hooks(room: HookRoom, elsewhere: string): Builtin {
  return {
    name: "hooks",
    description: "the hooks of this folder, and how they ran",
    async run({ cwd = elsewhere }) {
      const { handlers, untrusted, problems } = await room.set(cwd);
      const runs = room.runs().slice(0, RUNS);
      const guards = problems.filter((problem) => problem.guards);
      const parts = [
        handlers.length + untrusted.length + problems.length === 0 ? `No hooks for ${code(cwd)}.` : "",
        section("Run", handlers.map(line)),
        section(
          "Not run, as nobody has trusted them",
          untrusted.flatMap(({ file, changed, handlers: own }) => [
            `- ${code(file)}${changed ? ", which has changed since you trusted it" : ""}: ${count(own.length, "hook")}`,
            ...own.map((hook) => `  ${line(hook)}`),
          ]),
        ),
        untrusted.length === 0
          ? ""
          : `Read them, and if you trust them, in a shell: ${code(`codex-plus trust ${cwd}`)}`,
        section(
          "Guards that are missing: what they would have stopped is run",
          guards.map(({ file, what }) => `- ${code(file)}: ${what}`),
        ),
        section(
          "Left out",
          problems.filter((problem) => !problem.guards).map(({ file, what }) => `- ${code(file)}: ${what}`),
        ),
        runs.length === 0
          ? ""
          : `**Last runs**\n\n${table(
              ["when", "event", "hook", "took", "outcome"],
              runs.map(({ handler, at, ms, outcome, note }) => [
                moment(at),
                handler.event,
                code(handler.name),
                elapsed(ms),
                note === undefined ? outcome : `${outcome}: ${inline(note)}`,
              ]),
            )}`,
        "In a shell: `codex-plus hooks test EVENT` tries them, `codex-plus hooks log` tells of all runs.",
      ];
      return parts.filter((part) => part !== "").join("\n\n");
    },
  };
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `**${title}**\n\n${lines.join("\n")}`;
}

function line({ event, matcher, name, file }: Hook): string {
  const at = matcher === undefined || matcher === "" || matcher === "*" ? event : `${event} ${code(matcher)}`;
  return `- ${at}: ${code(name)} (${code(file)})`;
}

function code(text: string): string {
  return `\`${text.replaceAll(/\s+/g, " ").replaceAll("`", "'").trim()}\``;
}

function inline(text: string): string {
  const short = text.replaceAll(/\s+/g, " ").trim().slice(0, MOST_NOTE);
  return short.replaceAll(/[\\`*_[\]<>#~&]/g, "\\$&");
}
