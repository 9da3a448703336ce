/**
 * How the program of Codex's own hooks finds us: a door is a file of one line, "host port token", for its owner only,
 * that is there while a proxy runs. One is named by its port; the proxy on the configured port is the "default" too.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathsOf } from "./paths.ts";

export const DEFAULT_DOOR = "default";
/** The variable by which a Codex that `run` started names its own proxy's door. */
export const DOOR_VARIABLE = "CODEX_PLUS_DOOR";
/** Sessions that were told that no proxy runs, one a line. */
export const TOLD = "told";

/**
 * Opens the doors of a proxy.
 * @param host an address that this machine reaches
 * @param fixed whether the port is the configured one
 * @returns closes those that are still its own
 */
export async function openDoors(
  home: string,
  { host, port, token, fixed }: { host: string; port: number; token: string; fixed: boolean },
): Promise<() => Promise<void>> {
  const folder = pathsOf(home).doors;
  const line = `${host} ${port} ${token}\n`;
  const files = [String(port), ...(fixed ? [DEFAULT_DOOR] : [])].map((name) => join(folder, name));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const file of files) {
    const draft = `${file}.${randomBytes(6).toString("hex")}`;
    await writeFile(draft, line, { mode: 0o600, flag: "wx" });
    await rename(draft, file);
  }
  await rm(join(folder, TOLD), { force: true });
  return async () => {
    for (const file of files) {
      const now = await readFile(file, "utf8").catch(() => undefined);
      if (now === line) await rm(file, { force: true });
    }
  };
}

/** Where a proxy can be reached, as its door says. */
export interface Door {
  readonly host: string;
  readonly port: number;
  readonly token: string;
}

/** A door of this home; undefined where there is none. Who left it open may be gone. */
export async function readDoor(home: string, name: string = DEFAULT_DOOR): Promise<Door | undefined> {
  const text = await readFile(join(pathsOf(home).doors, name), "utf8").catch(() => "");
  const [, host, port, token] = /^(\S+) (\d+) (\S+)\n$/.exec(text) ?? [];
  return host === undefined || token === undefined ? undefined : { host, port: Number(port), token };
}
