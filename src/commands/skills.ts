/** `codex-plus sync`: one thin Codex skill for each command, so that Codex's own menu offers it as `$name`. */
import { createHash } from "node:crypto";
import { lstat, mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Command } from "./command.ts";
import type { Catalog } from "./discover.ts";

/** The line that makes a skill ours; a skill without it is never touched. */
const MARK = "Written by codex-plus sync. Changes are lost; codex-plus sync --undo removes it.";

export interface SkillChange {
  readonly what: "write" | "remove" | "keep" | "blocked";
  /** The skill's name, as typed behind `$`. */
  readonly name: string;
  readonly file: string;
  /** For "write". */
  readonly text?: string;
}

/** The skill's name for a command's: Codex takes small letters, digits and hyphens, 64 at most. */
export function skillName(command: string): string {
  const plain = command
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  if (plain.length <= 64 && plain === command.replace(/[:._]/g, "-")) return plain;
  // Another spelling could come to the same name: the hash keeps them apart.
  return `${plain.slice(0, 55) || "command"}-${createHash("sha256").update(command).digest("hex").slice(0, 8)}`;
}

/** True when the skill of this name is one that sync wrote: another one's `$name` is not ours to answer. */
export async function isOurSkill(name: string, codexHome: string): Promise<boolean> {
  const text = await readFile(join(codexHome, "skills", name, "SKILL.md"), "utf8").catch(() => "");
  return text.includes(MARK);
}

/**
 * What has to change in Codex's skills folder. Nothing is written.
 * @param catalog the commands to offer; undefined takes all of ours away
 */
export async function planSkills(catalog: Catalog | undefined, codexHome: string): Promise<SkillChange[]> {
  const folder = join(codexHome, "skills");
  const wanted = new Map<string, string>();
  for (const command of new Set(catalog?.commands.values() ?? [])) {
    if (command.matter.invocable && !wanted.has(skillName(command.name))) {
      wanted.set(skillName(command.name), thinSkill(command));
    }
  }
  const changes: SkillChange[] = [];
  for (const [name, text] of wanted) {
    const file = join(folder, name, "SKILL.md");
    const there = await lstat(join(folder, name)).catch(() => undefined);
    const now = there?.isDirectory() ? await readFile(file, "utf8").catch(() => undefined) : undefined;
    if (now === text) changes.push({ what: "keep", name, file });
    else if (there === undefined || now?.includes(MARK)) changes.push({ what: "write", name, file, text });
    else changes.push({ what: "blocked", name, file });
  }
  for (const name of await readdir(folder).catch(() => [])) {
    const file = join(folder, name, "SKILL.md");
    if (wanted.has(name) || !(await lstat(join(folder, name))).isDirectory()) continue;
    const text = await readFile(file, "utf8").catch(() => "");
    if (text.includes(MARK)) changes.push({ what: "remove", name, file });
  }
  return changes;
}

/** Carries a plan out. A folder that holds more than our file stays. */
export async function carryOut(changes: readonly SkillChange[]): Promise<void> {
  for (const { what, file, text } of changes) {
    const folder = join(file, "..");
    if (what === "write" && text !== undefined) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const draft = `${file}.codex-plus-${process.pid}`;
      await writeFile(draft, text, { mode: 0o600 });
      await rename(draft, file);
    } else if (what === "remove") {
      await rm(file, { force: true });
      await rmdir(folder).catch(() => undefined);
    }
  }
}

function thinSkill({ name, description, matter }: Command): string {
  const shown = [description, matter.hint && `Arguments: ${matter.hint}`].filter(Boolean).join(" ") || `Runs /${name}`;
  const head = stringify({ name: skillName(name), description: shown.slice(0, 1000) }, { lineWidth: 0 });
  return `---\n${head}---\n<!-- ${MARK} -->\nThe person ran the command /${name}. Codex-Plus has put its text in the prompt already; there is nothing to do here.\n`;
}
