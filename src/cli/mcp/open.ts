/** The files of servers as the verbs use them: with this person's homes, settings and trust. */
import { commandHomes, pathsOf } from "../../config/paths.ts";
import type { Config } from "../../config/schema.ts";
import { TrustList } from "../../config/trust.ts";
import type { ServerSources } from "../../mcp/sources/index.ts";
import type { ServerHomes } from "../../mcp/sources/places.ts";
import { sourcesOf } from "../../serving-mcp.ts";
import { folderOf } from "../command-files.ts";
import { settingsOf } from "../flags.ts";

export interface ServerFiles {
  readonly config: Config;
  readonly homes: Omit<ServerHomes, "managed">;
  readonly trust: TrustList;
  readonly sources: ServerSources;
  /** The folder that the verb is about. */
  readonly folder: string;
}

/** @param folder this one by default @throws CodexPlusError CP_CONFIG_INVALID, CP_FILE_UNUSABLE */
export function openServers(folder: string = folderOf(undefined)): ServerFiles {
  const { config } = settingsOf();
  const { environment } = config;
  return {
    config,
    homes: commandHomes(environment),
    trust: new TrustList(pathsOf(environment.home).trust),
    sources: sourcesOf(config),
    folder,
  };
}
