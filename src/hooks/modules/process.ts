/**
 * Hooks in other languages, as a process that is kept alive: a line of JSON for each question, `{"id", "event", "input"}`,
 * and a line for each answer, `{"id", "output"}` or `{"id", "error"}`. What it prints to standard error is dropped.
 */
import { z } from "zod";
import { eachLine } from "../../lib/lines.ts";
import { keepProcess } from "../../lib/spawn.ts";
import { type Asked, Asking, type Host } from "./asking.ts";

const answerSchema = z.looseObject({ id: z.number(), output: z.unknown().optional(), error: z.string().optional() });

const MOST_LINE = 16 * 1024 ** 2;

export interface ProcessCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The process is started in a group of its own, which ends with it. */
export function hookProcess(how: ProcessCommand): Host {
  return new Asking((hearing) => {
    const kept = keepProcess(how, (why) => hearing.gone(why));
    const answered = (line: string): void => {
      const answer = answerOf(line);
      if (answer === undefined) return;
      const { id, output, error } = answer;
      hearing.answered(error === undefined ? { id, value: output } : { id, failure: error });
    };
    eachLine(kept.stdout, MOST_LINE, answered, () => {
      kept.kill();
      hearing.gone("it printed a line of more than 16 MiB");
    });
    return {
      ask: (id: number, { event, input, of }: Asked) => {
        kept.stdin.write(`${JSON.stringify(of === undefined ? { id, event, input } : { id, event, input, of })}\n`);
      },
      end: () => kept.kill(),
    };
  });
}

function answerOf(line: string): z.output<typeof answerSchema> | undefined {
  try {
    return answerSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
