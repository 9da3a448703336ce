/** The door of the room: known commands of a folder, and what comes of a call. */
import { readFile } from "node:fs/promises";
import { nearestName } from "../lib/nearest.ts";
import { shellWord } from "../lib/shell-word.ts";
import type { Command, Result, Where } from "./command.ts";
import type { CommandInput } from "./define.ts";
import { type Catalog, Discovery } from "./discover.ts";
import { runExecutable } from "./executable.ts";
import { readHead } from "./front-matter.ts";
import { heading } from "./heading.ts";
import { expandMarkdown } from "./markdown.ts";
import { runModule } from "./module.ts";
import type { Call } from "./parse.ts";
import { type Homes, projectOf } from "./places.ts";
import { runShell, type ShellAnswer } from "./shell/run.ts";
import { isOurSkill, skillName } from "./skills.ts";
import { asCommand, type CommandSource, spaced } from "./source.ts";
import { type AskTrust, trustable } from "./trust.ts";
import { allWords } from "./words.ts";

export type { Command, Result, Where } from "./command.ts";
export type { Catalog } from "./discover.ts";
export { helpEntries } from "./help.ts";
export { type Call, parseCommand } from "./parse.ts";
export type { Homes } from "./places.ts";
export { carryOut, planSkills, skillName } from "./skills.ts";
export type { CommandSource, SourceCommand } from "./source.ts";
export { type Trustable, trustable } from "./trust.ts";

/** The section `commands` of the settings. */
export interface CommandSettings {
  /** Names that may run, `*` for any run of characters; undefined: all. */
  readonly allow?: readonly string[] | undefined;
  /** Names that never run; these win. */
  readonly deny: readonly string[];
  readonly positional: "zero-based" | "one-based";
  /** Rules for shell in Markdown, beside a file's own `allowed-tools`. */
  readonly shellAllow: readonly string[];
  readonly shellDeny: readonly string[];
  readonly shellArguments: "quoted" | "raw";
  /** Words of a prompt that a server offers: cut at white space alone, or with quotes that group. */
  readonly promptArguments: "plain" | "quoted";
  /** For one shell block, module, executable or prompt of a server, in ms. */
  readonly timeoutMs: number;
  readonly attachBytes: number;
  /** Folders outside the project whose files `@file` may attach. */
  readonly attachFrom: readonly string[];
}

export interface CommandsOptions {
  readonly homes: Homes;
  /** What shells, modules and executables get. */
  readonly env: NodeJS.ProcessEnv;
  readonly settings: CommandSettings;
  readonly trust: AskTrust;
  /** Where further commands come from; files win over them. */
  readonly source?: CommandSource | undefined;
}

export class Commands {
  readonly #options: CommandsOptions;
  readonly #discovery: Discovery;

  constructor(options: CommandsOptions) {
    this.#options = options;
    this.#discovery = new Discovery(options.homes);
  }

  /** What there is for a folder, found now. Names that the settings forbid are left out. */
  async list(cwd: string): Promise<Catalog> {
    const [catalog, others = []] = await Promise.all([this.#discovery.look(cwd), this.#options.source?.list(cwd)]);
    const all = new Map(catalog.commands);
    for (const one of others) if (!all.has(one.name)) all.set(one.name, asCommand(one));
    const allowed = [...all].filter(([, command]) => this.#isAllowed(command.name));
    return { ...catalog, commands: new Map(allowed) };
  }

  /**
   * What comes of a call; undefined when it is none of ours and the text passes. Never throws for what a command does.
   * @param others further names that `//name` may have meant: the built-in commands
   */
  async run(call: Call, where: Where, others: readonly string[] = []): Promise<Result | undefined> {
    const { commands } = await this.list(where.cwd);
    const found = await this.#find(call, commands, where.cwd);
    if (found !== undefined) return this.#run(found.command, found.args, where);
    const oneWord = call.mark === "//" && call.args === "" && /^[\p{L}\p{N}][\p{L}\p{N}._:-]*$/u.test(call.name);
    if (!oneWord) return undefined;
    const near = nearestName(call.name, [...commands.keys(), ...others]);
    const hint = near === undefined ? "//help lists those there are." : `Did you mean //${near}?`;
    return { kind: "answer", text: `There is no command //${call.name}. ${hint}` };
  }

  /** The command that a call means, with what is typed behind its name; it may be in no list and be there all the same. */
  async #find({ mark, name, args }: Call, commands: ReadonlyMap<string, Command>, cwd: string) {
    const command = mark === "$" ? await this.#offered(commands, name) : commands.get(name);
    if (command !== undefined || mark === "$") return command && { command, args };
    const long = spaced(`${name} ${args}`, commands.values());
    if (long !== undefined) return long;
    const unlisted = this.#isAllowed(name) ? await this.#options.source?.find(name, cwd) : undefined;
    return unlisted && { command: asCommand(unlisted), args };
  }

  /** The command behind a skill that sync wrote. */
  async #offered(commands: ReadonlyMap<string, Command>, name: string): Promise<Command | undefined> {
    const command = [...commands.values()].find((one) => skillName(one.name) === name);
    return command && (await isOurSkill(name, this.#options.homes.codex)) ? command : undefined;
  }

  #isAllowed(name: string): boolean {
    const { allow, deny } = this.#options.settings;
    const named = (pattern: string) =>
      new RegExp(
        `^${pattern
          .split("*")
          .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
          .join(".*")}$`,
      ).test(name);
    return !deny.some(named) && (allow === undefined || allow.some(named));
  }

  async #run(command: Command, args: string, where: Where): Promise<Result> {
    try {
      const text = command.kind === "markdown" ? await readFile(command.file, "utf8") : undefined;
      const refusal = where.dry ? undefined : await this.#distrust(command, text);
      if (refusal !== undefined) return refusal;
      const objection = await where.before?.(command);
      if (objection !== undefined) return { kind: "refused", text: objection };
      if (text !== undefined) return await this.#expand(command, text, args, where);
      return command.kind === "prompt"
        ? await this.#ask(command, args, where)
        : await this.#runCode(command, args, where);
    } catch (error) {
      return { kind: "refused", text: `/${command.name}: ${command.file}: ${(error as Error).message}` };
    }
  }

  /** The refusal of a project's code that nobody has trusted. */
  async #distrust(command: Command, text: string | undefined): Promise<Result | undefined> {
    const code = await trustable(command, text);
    if (code === undefined) return undefined;
    const trust = await this.#options.trust(code.file, code.digest);
    if (trust === "trusted") return undefined;
    const change = trust === "changed" ? "It, or code beside it, has changed since you trusted it.\n" : "";
    return {
      kind: "refused",
      text: `/${command.name} was not run: ${command.file} comes with this project and ${code.why}.\n${change}Read it, and if you trust it: codex-plus trust ${shellWord(command.project ?? command.root)}`,
    };
  }

  async #runCode(command: Command, args: string, where: Where): Promise<Result> {
    const { cwd, session, signal } = where;
    if (where.dry) return { kind: "answer", text: `[would run ${command.kind} ${command.file}]` };
    const input: CommandInput = { args, argv: allWords(args), cwd, session, command: command.name };
    const { env, settings } = this.#options;
    const run = { file: command.file, root: command.root, input, env, timeoutMs: settings.timeoutMs, signal };
    return command.kind === "module" ? runModule(run) : runExecutable(run);
  }

  /** A prompt that somebody else has. */
  async #ask({ name, place }: Command, args: string, where: Where): Promise<Result> {
    const { source, settings } = this.#options;
    const words = settings.promptArguments === "quoted" ? allWords(args) : args.split(/\s+/).filter(Boolean);
    if (where.dry) return { kind: "answer", text: `[would ask ${place} for ${[name, ...words].join(" ")}]` };
    const late = AbortSignal.timeout(settings.timeoutMs);
    try {
      const signal = where.signal === undefined ? late : AbortSignal.any([where.signal, late]);
      const result = await source?.run(name, words, { ...where, signal });
      if (result?.kind !== "prompt") return result ?? { kind: "refused", text: `/${name}: ${place} is gone.` };
      return { ...result, parts: [heading(name, args), ...result.parts] };
    } catch (error) {
      if (!late.aborted) throw error;
      return { kind: "refused", text: `/${name}: ${place} has not answered within ${settings.timeoutMs / 1000} s.` };
    }
  }

  async #expand(command: Command, text: string, args: string, where: Where): Promise<Result> {
    const { homes, env, settings } = this.#options;
    const { cwd, session, effort, signal } = where;
    const shell = (source: string): Promise<ShellAnswer> =>
      where.dry
        ? Promise.resolve({ ok: true, output: `[would run: ${source}]` })
        : runShell(source, { cwd, env, timeoutMs: settings.timeoutMs, signal });
    const { matter, body } = readHead(text);
    return expandMarkdown({
      command,
      matter,
      body,
      args,
      cwd,
      home: homes.user,
      session,
      effort,
      base: settings.positional === "one-based" ? 1 : 0,
      quoteShell: settings.shellArguments === "quoted",
      rules: { allow: settings.shellAllow, deny: settings.shellDeny },
      attachFrom: [await projectOf(cwd, homes.user), ...settings.attachFrom],
      attachBytes: settings.attachBytes,
      shell,
      attach: where.attach,
    });
  }
}
