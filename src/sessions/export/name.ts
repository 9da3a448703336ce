/** What a session's file is called that was given no name. */
import { fileNameOf } from "../../lib/file-name.ts";
import type { Format } from "./index.ts";

/** `ID.json` */
export function fileName(id: string, format: Format): string {
  return `${fileNameOf(id)}.${format}`;
}
