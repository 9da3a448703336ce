/** The flags that several verbs share. What they mean and may hold is the settings schema's matter. */
import { Command, type OptionValues } from "commander";
import { type Loaded, loadConfig } from "../config/load.ts";
import { LOG_LEVELS, TRANSPORTS } from "../config/schema.ts";

/** A verb with its one-line purpose and examples for `--help`. */
export function verb(name: string, about: string, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ codex-plus ${example}`).join("\n");
  return new Command(name).description(about).addHelpText("after", `\nExample:\n${lines}`);
}

/** Where the proxy listens. */
export function withAddress(command: Command): Command {
  return command
    .option("--port <n>", "port to listen on, 0 for any free one (default: 3000)")
    .option("--host <address>", "address to listen on (default: 127.0.0.1)");
}

/** Where the proxy sends, how, and what it logs. */
export function withRoute(command: Command): Command {
  return command
    .option("--upstream <url>", "send all model requests there instead of to OpenAI")
    .option("--transport <name>", `how to reach the upstream: ${TRANSPORTS.join(", ")} (default: auto)`)
    .option("--log <level>", `${LOG_LEVELS.join(", ")} (default: info)`);
}

/**
 * All settings, with a verb's flags on top.
 * @throws CodexPlusError CP_CONFIG_INVALID
 */
export function settingsOf(flags: OptionValues = {}): Loaded {
  return loadConfig({ flags });
}
