/** The files of servers as the verbs use them: with this person's homes, settings and trust. */
import { shellVariables } from "../../config/environment.ts";
import { commandHomes, pathsOf } from "../../config/paths.ts";
import type { Config } from "../../config/schema.ts";
import { TrustList } from "../../config/trust.ts";
import { managedFolder } from "../../hooks/settings/layers.ts";
import { ServerSources } from "../../mcp/sources/index.ts";
import type { ServerHomes } from "../../mcp/sources/places.ts";
import { folderOf } from "../command-files.ts";
import { settingsOf } from "../flags.ts";

export interface ServerFiles {
  readonly config: Config;
  readonly homes: ServerHomes;
  readonly trust: TrustList;
  readonly sources: ServerSources;
  /** The folder that the verb is about. */
  readonly folder: string;
}

/** @param folder this one by default @throws CodexPlusError CP_CONFIG_INVALID, CP_FILE_UNUSABLE */
export function openServers(folder: string = folderOf(undefined), config: Config = settingsOf().config): ServerFiles {
  const { environment } = config;
  const homes = { ...commandHomes(environment), managed: environment.managed ?? managedFolder() };
  const trust = new TrustList(pathsOf(environment.home).trust);
  const sources = new ServerSources({
    homes,
    env: shellVariables(),
    deny: config.mcp.deny,
    trust: (file, digest) => trust.ask(file, digest),
  });
  return { config, homes, trust, sources, folder };
}
