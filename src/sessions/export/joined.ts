/** Calls of tools and what came of them, brought together: in the wire's order they may stand apart. */
import type { Said } from "./content.ts";

export interface Told {
  readonly said: Said;
  readonly output?: Said | undefined;
}

/** A call waits for its output, and what follows waits with it, until so many items wait. */
const MOST_WAITING = 32;

/** In the order in which the items were said; an output is told with its call, where that is not long gone. */
export async function* joined(items: AsyncIterable<Said>): AsyncGenerator<Told> {
  const waiting: { said: Said; output?: Said }[] = [];
  for await (const said of items) {
    const call = isOutput(said) ? waiting.find((told) => answers(said, told)) : undefined;
    if (call === undefined) waiting.push({ said });
    else call.output = said;
    for (
      let [first] = waiting;
      first !== undefined && (done(first) || waiting.length > MOST_WAITING);
      [first] = waiting
    ) {
      yield first;
      waiting.shift();
    }
  }
  yield* waiting;
}

export function isOutput({ type }: Said): boolean {
  return type.endsWith("_output");
}

function answers(output: Said, { said, output: known }: Told): boolean {
  return output.callId !== undefined && known === undefined && !isOutput(said) && said.callId === output.callId;
}

function done({ said, output }: Told): boolean {
  return said.callId === undefined || isOutput(said) || output !== undefined;
}
