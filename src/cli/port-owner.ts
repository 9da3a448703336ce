/** Who listens on a port, for the sentence "port 3000 is taken by …". Best effort: undefined where it cannot be seen. */
import { readdir, readFile, readlink } from "node:fs/promises";
import { x } from "tinyexec";
import { askHealth, localUrl } from "./control.ts";

/** Of the settings: the address in question, and whose token may be shown there. */
interface Owned {
  readonly server: { readonly host: string; readonly port: number };
  readonly environment: { readonly home: string };
}

/** "another Codex-Plus 0.1.0 (pid 7, since …)", "nginx (pid 9)", or "another program". */
export async function describeOwner({ server: { host, port }, environment }: Owned): Promise<string> {
  const health = await askHealth(localUrl(host, port), environment.home);
  if (typeof health === "object") {
    return `another Codex-Plus ${health.version} (pid ${health.pid}, since ${health.startedAt})`;
  }
  const owner = process.platform === "linux" ? await ownerByProc(port) : await ownerByLsof(port);
  return owner ? `${owner.name} (pid ${owner.pid})` : "another program";
}

interface Owner {
  readonly pid: number;
  readonly name: string;
}

/** Linux: the listening socket's inode from /proc/net/tcp*, then the process that holds it. Format: proc(5). */
async function ownerByProc(port: number): Promise<Owner | undefined> {
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((name) => readFile(`/proc/net/${name}`, "utf8").catch(() => "")),
  );
  const inodes = new Set(tables.flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) return undefined;
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const folder = `/proc/${pid}/fd`;
    for (const descriptor of await readdir(folder).catch(() => [])) {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(await readlink(`${folder}/${descriptor}`).catch(() => "")) ?? [];
      if (!inode || !inodes.has(inode)) continue;
      return { pid: Number(pid), name: (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "a process")).trim() };
    }
  }
  return undefined;
}

/** The inodes of the sockets that listen (state 0A) on a port, from the text of /proc/net/tcp or tcp6. */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table.split("\n").flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    return local?.endsWith(suffix) && state === "0A" && inode ? [inode] : [];
  });
}

/** macOS and others: `lsof` prints one field a line, `p` with the pid and `c` with the command. */
async function ownerByLsof(port: number): Promise<Owner | undefined> {
  const lsof = x("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"], { timeout: 3000 });
  return lsof.then(
    ({ stdout }) => parseLsof(stdout),
    () => undefined,
  );
}

/** The first process of `lsof -Fpc`. */
export function parseLsof(output: string): Owner | undefined {
  const pid = /^p(\d+)$/m.exec(output)?.[1];
  const name = /^c(.+)$/m.exec(output)?.[1];
  return pid && name ? { pid: Number(pid), name } : undefined;
}
