/** A home and a project in a temporary folder, and a room over them. */
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { type CommandSettings, Commands, parseCommand, type Result } from "../../src/commands/index.ts";
import type { AskTrust } from "../../src/commands/trust.ts";
import { SETTINGS } from "./room.ts";

export interface Folders {
  readonly root: string;
  readonly home: string;
  readonly project: string;
  /** Writes a file of the project, or with `~/` of the home. */
  write(name: string, text: string | Buffer, mode?: number): Promise<string>;
  room(settings?: Partial<CommandSettings>, trust?: AskTrust): Commands;
  /** What comes of a prompt typed in the project, everything trusted. */
  type(prompt: string, settings?: Partial<CommandSettings>): Promise<Result | undefined>;
}

export async function folders(context: TestContext): Promise<Folders> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "codex-plus-commands-")));
  context.after(() => rm(root, { recursive: true, force: true }));
  const [home, project] = [join(root, "home"), join(root, "project")];
  await mkdir(join(project, ".git"), { recursive: true });
  await mkdir(home);
  const write: Folders["write"] = async (name, text, mode = 0o644) => {
    const path = name.startsWith("~/") ? join(home, name.slice(2)) : join(project, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    await chmod(path, mode);
    return path;
  };
  const room: Folders["room"] = (settings = {}, trust = () => "trusted") =>
    new Commands({
      homes: { plus: `${home}/.codexplus`, claude: `${home}/.claude`, codex: `${home}/.codex`, user: home },
      env: { PATH: process.env.PATH, HOME: home },
      settings: { ...SETTINGS, ...settings },
      trust,
    });
  const type: Folders["type"] = async (prompt, settings) => {
    const call = parseCommand(prompt);
    return call && (await room(settings).run(call, { cwd: project, session: "thread-1" }));
  };
  return { root, home, project, write, room, type };
}

/** The body of a prompt: what stands behind the part that names the command. */
export function bodyOf(result: Result | undefined): string | undefined {
  if (result?.kind !== "prompt") return result?.text;
  return result.parts.filter((part) => typeof part === "string").at(-1);
}
