/** A file that is there when it is whole. */
import { randomUUID } from "node:crypto";
import { access, link, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { CodexPlusError } from "../../errors.ts";

/** What a file system answers that knows no second name for a file. */
const NO_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/**
 * Lets `write` fill a file beside `path`, readable by its owner only, and gives it the name when it is whole.
 * @param overwrite whether a file of that name may be replaced
 * @throws CodexPlusError CP_FILE_UNUSABLE
 */
export async function newFile(path: string, overwrite: boolean, write: (to: Writable) => Promise<void>): Promise<void> {
  const beside = `${path}.${randomUUID()}.part`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    if (!overwrite) await refuseExisting(path);
    await filled(beside, write);
    await (overwrite ? rename(beside, path) : place(beside, path));
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined);
    if (cause instanceof CodexPlusError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CodexPlusError("CP_FILE_UNUSABLE", `${path} cannot be written: ${reason}`, { cause });
  }
}

async function filled(path: string, write: (to: Writable) => Promise<void>): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    const to = file.createWriteStream();
    await write(to);
    to.end();
    await finished(to);
  } finally {
    await file.close();
  }
}

/** A link is never made over a file, not even over one that came just now. */
async function place(beside: string, path: string): Promise<void> {
  try {
    await link(beside, path);
    await rm(beside);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code === "EEXIST") throw existing(path);
    if (!NO_LINKS.has(code)) throw error;
    await refuseExisting(path);
    await rename(beside, path);
  }
}

async function refuseExisting(path: string): Promise<void> {
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (there) throw existing(path);
}

function existing(path: string): CodexPlusError {
  return new CodexPlusError("CP_FILE_UNUSABLE", `${path} exists already; it is replaced only if asked`);
}
