/** Names of files for what clients name as they like. */
import { hash } from "node:crypto";

/** With what is put behind it, it has to stay below 255 bytes. */
const LONGEST = 150;

/** The id where that is a name that is safe in any folder; else what is left of it, and some digits, so that no two meet. */
export function fileNameOf(id: string): string {
  const name = id
    .replaceAll(/[^\w.-]/g, "_")
    .replace(/^\.+/, "_")
    .slice(0, LONGEST);
  return name === id && id !== "" ? id : `${name || "_"}-${hash("sha256", id).slice(0, 8)}`;
}
