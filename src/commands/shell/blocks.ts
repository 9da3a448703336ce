/** Shell inside a command's text: `` !`command` `` and fences opened with three back-quotes and an exclamation mark. */

export interface Block {
  /** As it stands in the text. */
  readonly source: string;
  /** The shell text in it. */
  readonly command: string;
  readonly start: number;
  readonly end: number;
}

/** Group 1: a fence's shell. Group 2: an inline one's; its mark must begin a line or follow white space. */
const BLOCK = /```!\s*?\n?([\s\S]*?)\n?```|(?<=^|\s)!`([^`]+)`/gm;

/** The shell blocks of a text, in order. */
export function blocksOf(text: string): Block[] {
  return [...text.matchAll(BLOCK)].flatMap((match) => {
    const command = (match[1] ?? match[2] ?? "").trim();
    if (command === "") return [];
    return [{ source: match[0], command, start: match.index, end: match.index + match[0].length }];
  });
}
