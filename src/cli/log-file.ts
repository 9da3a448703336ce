/** The log of a proxy that has no terminal of its own. */
import { mkdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { pathsOf } from "../config/paths.ts";
import type { Config } from "../config/schema.ts";

/** Above this size a log is set aside (one generation kept) when a proxy starts. In bytes: about 50,000 requests. */
const FULL = 16 * 1024 ** 2;

/** The settings with the log in a file: the configured one, else `<name>.log` of the logs folder, made (0700) if need be. */
export async function withLogFile(config: Config, name: string): Promise<Config> {
  if (config.log.file !== undefined) return config;
  const { logs } = pathsOf(config.environment.home);
  await mkdir(logs, { recursive: true, mode: 0o700 });
  const file = join(logs, `${name}.log`);
  const size = await stat(file).then(
    (entry) => entry.size,
    () => 0,
  );
  if (size > FULL) await rename(file, `${file}.1`);
  return { ...config, log: { ...config.log, file } };
}
