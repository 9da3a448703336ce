/** "Sure?", before something goes for good. */
import { confirm, isCancel } from "@clack/prompts";
import { EXIT, Exit } from "../exit.ts";

/**
 * Goes on when the answer is yes, or was given before.
 * @throws Exit 2 where there is nobody to ask, 1 for a no
 */
export async function agreed(message: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) {
    console.error("Nothing was deleted: there is nobody to ask. Say --yes if it is meant.");
    throw new Exit(EXIT.usage);
  }
  const answer = await confirm({ message, initialValue: false });
  if (!isCancel(answer) && answer) return;
  console.error("Nothing was deleted.");
  throw new Exit(EXIT.failed);
}
