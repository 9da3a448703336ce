/** A terminal of its own for a program: what it shows, and keys typed into it. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { x } from "tinyexec";
import type { World } from "./world.ts";

export interface Terminal {
  /** The lines on the screen now, without the empty ones. */
  screen(): Promise<string[]>;
  /** Resolves with the screen once a line of it matches. @throws Error when the program has ended */
  shows(pattern: RegExp): Promise<string[]>;
  /** Types a text and presses Enter, again until the text is no longer where it was typed. */
  enter(text: string): Promise<void>;
  /** Presses one key, by its name in tmux: `Escape`. */
  press(key: string): Promise<void>;
}

/** Time between two looks at a screen, which tells of no change by itself; in ms. */
const LOOK = 100;

/** Runs a program of the world in a terminal of 120 by 40 characters that ends with the test. */
export async function openTerminal(world: World, command: readonly string[]): Promise<Terminal> {
  const folder = join(world.environment.HOME ?? "", "tmux");
  await mkdir(folder);
  const env = { ...world.environment, TMUX_TMPDIR: folder, TMUX: "", LANG: "C.UTF-8" };
  const tmux = async (...args: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await x("tmux", args, { nodeOptions: { env, cwd: world.cwd } });
    if (exitCode !== 0) throw new Error(`tmux ${args[0]}: ${stderr.trim()}`);
    return stdout;
  };
  await tmux("-V").catch(() => {
    throw new Error("this test drives Codex in a terminal: install tmux (Debian: apt-get install tmux)");
  });
  await tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", command.map(quoted).join(" "));
  world.after(() => tmux("kill-server").catch(() => undefined));

  const screen = async (): Promise<string[]> => {
    const text = await tmux("capture-pane", "-p");
    return text
      .split("\n")
      .map((line) => line.trimEnd())
      .filter(Boolean);
  };
  return {
    screen,
    shows: async (pattern) => {
      for (let lines = await screen(); ; lines = await screen()) {
        if (lines.some((line) => pattern.test(line))) return lines;
        await setTimeout(LOOK);
      }
    },
    enter: async (text) => {
      await tmux("send-keys", "-l", text);
      const typed = (lines: readonly string[]) => lines.findLast((line) => line.startsWith("›"))?.includes(text);
      while (!typed(await screen())) await setTimeout(LOOK);
      // Right behind a burst of keys the TUI takes Enter for a part of pasted text.
      while (typed(await screen())) {
        await setTimeout(3 * LOOK);
        await tmux("send-keys", "Enter");
        await setTimeout(LOOK);
      }
    },
    press: async (key) => {
      await tmux("send-keys", key);
    },
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
