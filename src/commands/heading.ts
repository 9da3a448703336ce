/** What stands above a command's text, so that the model knows that a command was typed, and which. */

/** As Claude Code 2.1.328 has it. */
export function heading(name: string, args: string): string {
  const typed = args === "" ? "" : `<command-args>${args}</command-args>\n`;
  return `<command-message>${name}</command-message>\n<command-name>/${name}</command-name>\n${typed}`;
}
