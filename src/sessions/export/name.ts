/** What a session's file is called that was given no name. */
import { hash } from "node:crypto";
import type { Format } from "./index.ts";

/** A file's name may have 255 bytes. */
const LONGEST = 150;

/** `ID.json`, safe in any folder: ids come from clients. One that is no such name gets some digits, so that no two meet. */
export function fileName(id: string, format: Format): string {
  const name = id
    .replaceAll(/[^\w.-]/g, "_")
    .replace(/^\.+/, "_")
    .slice(0, LONGEST);
  return name === id ? `${id}.${format}` : `${name}-${hash("sha256", id).slice(0, 8)}.${format}`;
}
