/** "Sure?", before something happens that is hard to take back. */
import { confirm, isCancel } from "@clack/prompts";
import { EXIT, Exit } from "../exit.ts";

/**
 * Goes on when the answer is yes, or was given before.
 * @param done what else does not happen: "deleted"
 * @throws Exit 2 where there is nobody to ask, 1 for a no
 */
export async function agreed(message: string, yes: boolean, done: string): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) {
    console.error(`Nothing was ${done}: there is nobody to ask. Say --yes if it is meant.`);
    throw new Exit(EXIT.usage);
  }
  const answer = await confirm({ message, initialValue: false });
  if (!isCancel(answer) && answer) return;
  console.error(`Nothing was ${done}.`);
  throw new Exit(EXIT.failed);
}
