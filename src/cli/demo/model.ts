/** The demo's model: a short scripted conversation, written word by word. */
import { setTimeout } from "node:timers/promises";
import { type Ask, type Model, textReply, toolCall, type WireEvent } from "../../testing/index.ts";

const COMMAND = 'echo "Hello from a shell command"';

/** @param pace between two words, in ms */
export function demoModel(pace: number): Model {
  return (ask) => ({ steps: paced(answer(ask), pace) });
}

function answer(ask: Ask): WireEvent[] {
  if (ask.toolOutput !== undefined) {
    const printed = ask.toolOutput.trim() || "nothing";
    return textReply(ask, `It printed: ${printed}. Call and output both came through the proxy.`);
  }
  if (/\b(run|shell|command|tool|execute)\b/i.test(ask.prompt) && ask.shell !== "none") return toolCall(ask, COMMAND);
  if (/\b(hello|hi|hey|good (morning|day|evening))\b/i.test(ask.prompt)) {
    return textReply(ask, "Hello! I am a scripted model. Ask me to run a command, or say thanks.");
  }
  if (/\bthank/i.test(ask.prompt))
    return textReply(ask, "My pleasure. Every byte of this came through Codex-Plus unchanged.");
  return textReply(ask, `I know few words, so here are yours again: ${ask.prompt.trim()}`);
}

async function* paced(events: readonly WireEvent[], pace: number): AsyncGenerator<WireEvent> {
  for (const event of events) {
    if (event.type.endsWith(".delta")) await setTimeout(pace);
    yield event;
  }
}
