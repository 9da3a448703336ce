/** All verbs under one name, and what every run of them shares: usage errors, exit codes, plain errors. */
import { Command, CommanderError } from "commander";
import { VERSION } from "../lib/version.ts";
import { configCommand } from "./config.ts";
import { doctorCommand } from "./doctor.ts";
import { EXIT, report } from "./exit.ts";
import { fenceRun, runCommand } from "./run.ts";
import { serveCommand } from "./serve.ts";
import { serviceCommand } from "./service.ts";
import { setupCommand } from "./setup.ts";
import { statusCommand } from "./status.ts";

function program(): Command {
  const root = new Command("codex-plus")
    .description("A local proxy between the Codex CLI and its backend. Every byte passes through unchanged.")
    .version(VERSION)
    .enablePositionalOptions()
    .addHelpText("after", "\nExample:\n  $ codex-plus run          # Codex through the proxy, nothing changed on disk");
  for (const command of [
    runCommand(),
    setupCommand(),
    serveCommand(),
    serviceCommand(),
    statusCommand(),
    configCommand(),
    doctorCommand(),
  ])
    root.addCommand(command);
  for (const command of [root, ...root.commands.flatMap((one) => [one, ...one.commands])]) command.exitOverride();
  return root;
}

/**
 * Runs one command line.
 * @param args what was typed behind `codex-plus`
 * @returns the exit code
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  try {
    await program().parseAsync(fenceRun(args), { from: "user" });
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof CommanderError)) return report(error);
    // Commander has printed the message or the help already; its exit code 0 is help or version that was asked for.
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}
