/** Which paths lie in a folder. */
import { isAbsolute, relative } from "node:path";

/** True for the folder itself and all that lies below it, by name. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith("../") && !isAbsolute(way));
}
