/** Secrets that are asked for: in no argument, which others on the machine can read, and in no history of a shell. */
import { isCancel, password } from "@clack/prompts";
import { EXIT, Exit } from "../exit.ts";

/**
 * The secret of a client that was registered by hand: MCP_CLIENT_SECRET, as Claude Code has it, or what the person types.
 * @throws Exit where there is nobody to ask, or nothing was typed
 */
export async function clientSecret(variables: NodeJS.ProcessEnv): Promise<string> {
  if (variables.MCP_CLIENT_SECRET) return variables.MCP_CLIENT_SECRET;
  if (!process.stdin.isTTY) {
    console.error("Nothing was changed: there is nobody to ask for the secret. It may stand in MCP_CLIENT_SECRET.");
    throw new Exit(EXIT.usage);
  }
  const typed = await password({ message: "The client's secret" });
  if (!isCancel(typed) && typed !== "") return typed;
  console.error("Nothing was changed.");
  throw new Exit(EXIT.failed);
}
