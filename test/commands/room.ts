/** Cases run through the room alone: what the proxy's stage will be given. */
import { type CommandSettings, Commands, parseCommand } from "../../src/commands/index.ts";
import type { Case, Outcome, Stage } from "./cases.ts";

export const SETTINGS: CommandSettings = {
  deny: [],
  positional: "zero-based",
  shellAllow: [],
  shellDeny: [],
  shellArguments: "quoted",
  promptArguments: "plain",
  timeoutMs: 20_000,
  attachBytes: 128 * 1024,
  attachFrom: [],
};

/** A room for a laid-out case; its project is trusted, as `claude -p` trusts it. */
export function roomFor({ home }: Pick<Stage, "home">, settings: Partial<CommandSettings> = {}): Commands {
  return new Commands({
    homes: { plus: `${home}/.codexplus`, claude: `${home}/.claude`, codex: `${home}/.codex`, user: home },
    env: { PATH: process.env.PATH, HOME: home },
    settings: { ...SETTINGS, ...settings },
    trust: () => "trusted",
  });
}

export async function runInRoom({ prompt }: Case, stage: Stage, settings?: Partial<CommandSettings>): Promise<Outcome> {
  const call = parseCommand(prompt);
  const { cwd, session } = stage;
  const result = call && (await roomFor(stage, settings).run(call, { cwd, session }));
  if (result === undefined) return { sent: true, stdout: "", user: [prompt], reminders: [] };
  if (result.kind === "prompt") {
    const user = result.parts.filter((part) => typeof part === "string");
    return { sent: true, stdout: "", user, reminders: result.attached };
  }
  return { sent: false, stdout: result.text, user: [], reminders: [] };
}
