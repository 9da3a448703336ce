/** What a session's file is called that was given no name. */
import type { Format } from "./index.ts";

/** `ID.json`, safe in any folder: ids come from clients. */
export function fileName(id: string, format: Format): string {
  return `${id.replaceAll(/[^\w.-]/g, "_").replace(/^\.+/, "_")}.${format}`;
}
