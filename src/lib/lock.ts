/** One at a time among all processes of this machine: a file that stands there while somebody is at work. */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** How often somebody who waits looks again, in ms. */
const LOOK_MS = 20;

/**
 * Does some work while no other process, and nobody else in this one, does work under the same file. A lock whose process
 * has ended is taken over.
 * @param file the lock; it stands there only meanwhile, and its folder is made (0700) where need be
 * @param holdMs a lock that is older than that counts as forgotten, though its process may live
 * @throws what the work throws, and what the system says where the file cannot be made
 */
export async function locked<T>(file: string, holdMs: number, work: () => Promise<T>): Promise<T> {
  const mark = `${process.pid} ${randomBytes(8).toString("hex")}`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  while (!(await take(file, mark))) {
    await removeForgotten(file, holdMs);
    await sleep(LOOK_MS);
  }
  try {
    return await work();
  } finally {
    // One that was held for too long may be somebody else's by now.
    if ((await holder(file)) === mark) await rm(file, { force: true });
  }
}

async function take(file: string, mark: string): Promise<boolean> {
  try {
    await writeFile(file, mark, { mode: 0o600, flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function holder(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch(() => undefined);
}

/** Moves it away first: of many who see the same forgotten lock, one gets it, and sees whether it is still that one. */
async function removeForgotten(file: string, holdMs: number): Promise<void> {
  const mark = await holder(file);
  const age = await stat(file).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
  // Empty: it is being written at this moment.
  if (mark === undefined || (age < holdMs && (mark === "" || lives(Number.parseInt(mark, 10))))) return;
  const aside = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    await rename(file, aside);
    if ((await holder(aside)) === mark) await rm(aside, { force: true });
    else await rename(aside, file);
  } catch {
    // Somebody else was faster.
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
