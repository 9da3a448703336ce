/** Recorded expansions of the real Claude Code, and folders to run them in: for the room here, for the proxy elsewhere. */
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** One prompt, what lay on disk, and what Claude Code made of it. `<PROJ>` and `<HOME>` stand for the folders. */
export interface Case {
  readonly id: string;
  readonly prompt: string;
  readonly files: Readonly<Record<string, string>>;
  /** Below the project: where the session was started. */
  readonly cwd?: string;
  /** True when the project is no repository. */
  readonly nogit?: boolean;
  /** False when nothing went to the model: then `stdout` says why. */
  readonly sent: boolean;
  readonly stdout: string;
  readonly model?: string;
  /** The text parts of the user's message. */
  readonly user: readonly string[];
  /** The text parts that attached files made. */
  readonly reminders: readonly string[];
  /** Where we do otherwise on purpose: what we make of it, and why. */
  readonly departure?: Outcome & { readonly why: string };
}

/** What an implementation made of a case, in the recording's terms. */
export interface Outcome {
  readonly sent: boolean;
  readonly stdout: string;
  readonly user: readonly string[];
  readonly reminders: readonly string[];
}

export function readCases(file: string): Case[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, file), "utf8")) as Case[];
}

/** The folders of a case, laid out; `remove` takes them away. */
export interface Stage {
  readonly home: string;
  readonly project: string;
  readonly cwd: string;
  /** The session id that the recording shows, where it shows one. */
  readonly session: string;
  remove(): Promise<void>;
}

export async function layOut({ files, cwd = "", nogit, user }: Case): Promise<Stage> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "codex-plus-case-")));
  const [home, project] = [join(root, "home"), join(root, "proj")];
  await mkdir(home);
  await mkdir(join(project, cwd), { recursive: true });
  // A folder named .git with a HEAD is all that git itself asks of a repository it only reads.
  if (!nogit) {
    for (const folder of ["objects", "refs/heads"]) await mkdir(join(project, ".git", folder), { recursive: true });
    await writeFile(join(project, ".git/HEAD"), "ref: refs/heads/master\n");
    await writeFile(join(project, ".git/config"), "[core]\n\trepositoryformatversion = 0\n");
  }
  for (const [name, text] of Object.entries(files)) {
    const path = name.startsWith("~/") ? join(home, name.slice(2)) : join(project, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  const session = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/.exec(user.join(" "))?.[0] ?? "";
  return { home, project, cwd: join(project, cwd), session, remove: () => rm(root, { recursive: true, force: true }) };
}

/** What has to come of a case: what the model saw in the recording, or what the departure from it says. */
export function expected({ departure, ...recorded }: Case): Outcome {
  const { sent, stdout, user, reminders } = departure ?? recorded;
  return { sent, stdout: sent ? "" : stdout, user, reminders: reminders.filter(isContent) };
}

/** An outcome with the folders' names taken out. */
export function normalized(outcome: Outcome, { home, project }: Stage): Outcome {
  const norm = (text: string) => text.replaceAll(project, "<PROJ>").replaceAll(home, "<HOME>");
  const { sent, stdout, user, reminders } = outcome;
  return {
    sent,
    stdout: norm(stdout),
    user: user.map(norm),
    reminders: reminders.filter(isContent).map(norm),
  };
}

/** The recorder kept the parts that hold a file's content in every recording, those that announce it only in some. */
function isContent(part: string): boolean {
  return part.startsWith("<system-reminder>\nResult of calling");
}
