/** Commands written as modules: what such a file exports, and what its function is given. */

/** What a command is told. */
export interface CommandInput {
  /** Everything behind the name, as typed. */
  readonly args: string;
  /** The same in words, quotes taken away. */
  readonly argv: readonly string[];
  /** The folder that Codex works in. */
  readonly cwd: string;
  /** Codex's conversation id; empty where there is none. */
  readonly session: string;
  /** The name it was called by. */
  readonly command: string;
}

/** Text to be shown, or a prompt for the model. A bare string is an answer. */
export type CommandOutput = string | { readonly answer: string } | { readonly prompt: string };

export interface CommandDefinition {
  /** One line for /help. */
  readonly description?: string;
  readonly argumentHint?: string;
  run(input: CommandInput): CommandOutput | Promise<CommandOutput>;
}

/** Gives a command's definition its type; `export default defineCommand({…})`. */
export function defineCommand(definition: CommandDefinition): CommandDefinition {
  return definition;
}
