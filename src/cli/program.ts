/** All verbs under one name, and what every run of them shares: usage errors, exit codes, plain errors. */
import { Command, CommanderError } from "commander";
import { VERSION } from "../lib/version.ts";
import { EXIT, report } from "./exit.ts";

/** In the order of the help. Loaded when named: starting Codex should not wait for what the demo brings along. */
const VERBS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import("./run.ts")).runCommand(),
  setup: async () => (await import("./setup.ts")).setupCommand(),
  serve: async () => (await import("./serve.ts")).serveCommand(),
  service: async () => (await import("./service.ts")).serviceCommand(),
  commands: async () => (await import("./commands.ts")).commandsCommand(),
  hooks: async () => (await import("./hooks.ts")).hooksCommand(),
  sessions: async () => (await import("./sessions.ts")).sessionsCommand(),
  mcp: async () => (await import("./mcp.ts")).mcpCommand(),
  sync: async () => (await import("./sync.ts")).syncCommand(),
  trust: async () => (await import("./trust.ts")).trustCommand(),
  status: async () => (await import("./status.ts")).statusCommand(),
  config: async () => (await import("./config.ts")).configCommand(),
  doctor: async () => (await import("./doctor.ts")).doctorCommand(),
  demo: async () => (await import("./demo.ts")).demoCommand(),
};

/** The program with the verb that is asked for, or with all of them: for the help, or to know what was nearly meant. */
async function program(asked: string | undefined): Promise<Command> {
  const root = new Command("codex-plus")
    .description("A local proxy between the Codex CLI and its backend. Every byte passes through unchanged.")
    .version(VERSION)
    .enablePositionalOptions()
    .addHelpText("after", "\nExample:\n  $ codex-plus run          # Codex through the proxy, nothing changed on disk");
  for (const load of loaders(asked)) root.addCommand(await load());
  for (const command of [root, ...root.commands.flatMap((one) => [one, ...one.commands])]) command.exitOverride();
  return root;
}

function loaders(asked: string | undefined): (() => Promise<Command>)[] {
  if (asked === "--version" || asked === "-V") return [];
  const named = Object.entries(VERBS).filter(([name]) => name === asked);
  return (named.length > 0 ? named : Object.entries(VERBS)).map(([, load]) => load);
}

/**
 * Runs one command line.
 * @param args what was typed behind `codex-plus`
 * @returns the exit code
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  try {
    const [asked] = args;
    const line = asked === "run" ? (await import("./run.ts")).fenceRun(args) : args;
    await (await program(asked)).parseAsync(line, { from: "user" });
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof CommanderError)) return report(error);
    // Commander has printed the message or the help already; its exit code 0 is help or version that was asked for.
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}
