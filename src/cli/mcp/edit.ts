/** Changing a file of servers, and keeping the trust of a project's file that its person changes by our verbs. */
import { CodexPlusError } from "../../errors.ts";
import { locked } from "../../lib/lock.ts";
import { ownFile } from "../../mcp/sources/places.ts";
import { Unwritable } from "../../mcp/sources/write.ts";
import { readConfigFile, writeWhole } from "../setup/file.ts";
import type { ServerFiles } from "./open.ts";

/**
 * Changes a file whole or not at all; its mode stays, a new one gets `mode`.
 * @param change gives the new text, or undefined to leave the file as it is
 * @throws CodexPlusError CP_FILE_UNUSABLE when it is not what servers can be written into
 */
export async function edit(name: string, mode: number, change: (text: string) => string | undefined): Promise<void> {
  const { path, text, mode: before } = await readConfigFile(name);
  try {
    const changed = change(text ?? "");
    if (changed !== undefined) await writeWhole(path, changed, text === undefined ? mode : before);
  } catch (error) {
    if (!(error instanceof Unwritable)) throw error;
    throw new CodexPlusError("CP_FILE_UNUSABLE", `${name}: ${error.message}`, { cause: error });
  }
}

/** Nobody is at work on a file of servers for longer, in ms. */
const WRITE_MS = 10_000;

/** One verb at a time: what one of two writes at the same moment would be lost. */
export function alone<T>({ homes }: ServerFiles, work: () => Promise<T>): Promise<T> {
  return locked(`${ownFile(homes)}.lock`, WRITE_MS, work);
}

/**
 * Does what changes a project's file; where all of it was trusted before, or there was nothing in it, it is trusted after,
 * too: its own person has written what is new.
 */
export async function keepingTrust(files: ServerFiles, file: string, change: () => Promise<void>): Promise<void> {
  const { sources, trust, folder } = files;
  const stateOf = async () => (await sources.files(folder)).find((one) => one.file === file);
  const before = await stateOf();
  await change();
  const after = await stateOf();
  if (after === undefined || (before !== undefined && before.trust !== "trusted")) return;
  const all = await trust.list();
  // Where the folder of another project has it, there it stays.
  const entry = all.find((one) => one.files.has(file)) ?? all.find((one) => one.folder === folder);
  await trust.add(entry?.folder ?? folder, new Map([...(entry?.files ?? []), [file, after.digest]]));
}
