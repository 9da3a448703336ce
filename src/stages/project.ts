/** The folder that a client names by a header of ours: clients other than Codex have no other word for it. */
import { PROJECT_HEADER, projectOf } from "../mcp/gateway/index.ts";
import { header } from "../protocol/headers.ts";
import type { Head } from "../turn.ts";

/**
 * Undefined where it names none.
 * @throws CodexPlusError CP_REQUEST_INVALID
 */
export function namedProject({ headers }: Head, elsewhere: string): string | undefined {
  const said = header(headers, PROJECT_HEADER);
  return said === undefined ? undefined : projectOf(said, elsewhere);
}
