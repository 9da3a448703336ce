/** The commands room as the verbs use it: with this person's homes, settings and trust. */
import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { Commands, type Homes } from "../commands/index.ts";
import { commandHomes, pathsOf } from "../config/paths.ts";
import { TrustList } from "../config/trust.ts";
import { CodexPlusError } from "../errors.ts";
import { createLogger } from "../log.ts";
import { createMcp } from "../serving-mcp.ts";
import { ServerPrompts } from "../stages/server-prompts.ts";
import { settingsOf } from "./flags.ts";

export interface CommandFiles {
  readonly commands: Commands;
  readonly homes: Homes;
  readonly trust: TrustList;
}

/** @throws CodexPlusError CP_CONFIG_INVALID */
export function openCommandFiles(): CommandFiles {
  const { config } = settingsOf();
  const homes = commandHomes(config.environment);
  const trust = new TrustList(pathsOf(config.environment.home).trust);
  const commands = new Commands({
    homes,
    env: process.env,
    settings: config.commands,
    trust: (file, digest) => trust.ask(file, digest),
    // Only lists and finds: no verb starts a server for a command.
    source: config.mcp.enabled
      ? new ServerPrompts(createMcp(config, createLogger("silent")), config.mcp.resourceBytes)
      : undefined,
  });
  return { commands, homes, trust };
}

/**
 * A folder that was named on the command line, links resolved.
 * @throws CodexPlusError CP_FILE_UNUSABLE when there is none
 */
export function folderOf(named: string | undefined): string {
  const path = resolve(named ?? ".");
  try {
    return realpathSync(path);
  } catch (error) {
    throw new CodexPlusError("CP_FILE_UNUSABLE", `${path} is not a folder`, { cause: error });
  }
}
