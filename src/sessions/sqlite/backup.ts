/** A copy of the file as it was before it was made new. */
import { chmodSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * Writes `plus.db.v1.bak` beside the file, the copy of version 1, in place of copies of other versions. To be called by who
 * holds the file's lock, so that nothing is written that is not in it.
 */
export function backUp(path: string, version: number): void {
  const copy = `${path}.v${version}.bak`;
  const unfinished = `${copy}.${process.pid}`;
  // An empty file may be the target of VACUUM INTO, which would make it readable to all.
  writeFileSync(unfinished, "", { mode: 0o600 });
  try {
    const db = new DatabaseSync(path);
    try {
      db.prepare("VACUUM INTO ?").run(unfinished);
    } finally {
      db.close();
    }
    chmodSync(unfinished, 0o600);
    renameSync(unfinished, copy);
  } finally {
    rmSync(unfinished, { force: true });
  }
  for (const name of readdirSync(dirname(path))) {
    const other = join(dirname(path), name);
    if (other !== copy && isBackup(name, basename(path))) rmSync(other, { force: true });
  }
}

function isBackup(name: string, file: string): boolean {
  return name.startsWith(`${file}.v`) && /^\d+\.bak$/.test(name.slice(file.length + 2));
}
