/** Which text is a command at all. */

/** A text that may be a command; only the list of known names tells. */
export interface Call {
  /** `/` and `//` name a command; `$` names the skill that sync wrote for one. */
  readonly mark: "/" | "//" | "$";
  readonly name: string;
  /** Everything behind the name, trimmed. */
  readonly args: string;
}

const CALL = /^(\/\/?|\$)([^\s/$][^\s]*)(?:\s([\s\S]*))?$/;

/**
 * The call that a prompt makes, or undefined for plain text. White space around it does not count: the Codex TUI takes it
 * away, and other clients send it.
 */
export function parseCommand(text: string): Call | undefined {
  const match = CALL.exec(text.trim());
  if (match === null) return undefined;
  const [, mark, name = "", args = ""] = match;
  return { mark: mark as Call["mark"], name, args: args.trim() };
}
