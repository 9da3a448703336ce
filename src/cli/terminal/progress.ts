/** How far something long has come: a bar in a terminal, plain lines elsewhere. */
import { progress as bar } from "@clack/prompts";
import { columns, cut } from "./text.ts";

export interface Progress {
  /** One more is done; `line` tells of it where there is no bar. */
  advance(label: string, line?: string): void;
  stop(message: string): void;
}

/** @param total how many there are */
export function progress(total: number, message: string): Progress {
  if (!process.stdout.isTTY) {
    return {
      advance: (_label, line) => {
        if (line !== undefined) console.log(line);
      },
      stop: (last) => console.error(last),
    };
  }
  const shown = bar({ max: Math.max(1, total), size: Math.min(30, columns() - 40) });
  shown.start(message);
  return {
    advance: (label) => shown.advance(1, cut(label, Math.max(10, columns() - 45))),
    stop: (last) => shown.stop(last),
  };
}
