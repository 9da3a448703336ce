/** Conversations as the recorder tells them, as many as are wanted; the same in every run. */
import { createHash } from "node:crypto";
import type { ItemFacts, Leg, Role, ThreadFacts } from "../../src/sessions/ledger.ts";
import { PROJECTS, Prose } from "./prose.ts";

const DAY = 24 * 60 * 60_000;
/** From the first conversation to the last. */
const SPAN = 400 * DAY;
const MODELS = ["gpt-5.1-codex", "gpt-5.1-codex", "gpt-5.1-codex-mini", "gpt-5.1", "gpt-5-codex"] as const;
const CLIENTS = ["codex-tui", "codex-tui", "codex_exec", "openai-node"] as const;
const TOOLS = ["exec_command", "exec_command", "exec_command", "apply_patch", "mcp__github__search_issues"] as const;
const EFFORTS = ["low", "medium", "high"] as const;
/** Words that stand in one conversation in so many thousand, so that something rare can be looked for. */
export const RARE = "zanzibar";

export interface Volume {
  readonly turns: number;
  /** UTF-16 units of text, about. */
  readonly text: number;
  /** When the last turn ends, in ms since 1970. */
  readonly now: number;
}

/** @returns the legs of one turn after the other, in the order of time within a conversation */
export function* conversations({ turns, text, now }: Volume): Generator<readonly Leg[]> {
  const prose = new Prose(1);
  const perTurn = text / turns;
  let made = 0;
  for (let n = 0; made < turns; n++) {
    const count = Math.min(turns - made, prose.random() < 0.01 ? 200 : 1 + prose.below(15));
    const at = now - SPAN + Math.floor((SPAN * made) / turns);
    prose.project = Math.floor(PROJECTS * prose.random() ** 2);
    const thread = threadOf(prose, n);
    yield [titleLeg(prose, n, thread, at)];
    for (let turn = 0; turn < count; turn++) yield turnOf(prose, thread, `${n}-${turn}`, at + turn * 120_000, perTurn);
    made += count;
    if (prose.random() < 0.1 && made < turns) {
      const agent: ThreadFacts = {
        ...thread,
        id: idOf(prose),
        kind: "subagent",
        root: thread.id,
        parent: thread.id,
        agent: "/root/tests",
      };
      yield turnOf(prose, agent, `${n}-agent`, at + 60_000, perTurn);
      made += 1;
    }
  }
}

function threadOf(prose: Prose, n: number): ThreadFacts {
  const id = idOf(prose);
  return {
    id,
    kind: "user",
    root: id,
    client: prose.pick(CLIENTS),
    clientVersion: "0.60.1",
    provider: "openai",
    cwd: `/home/dev/projects/project-${prose.project}${n % 7 === 0 ? "/packages/core" : ""}`,
    commit: prose.hex(40),
    model: prose.pick(MODELS),
    effort: prose.pick(EFFORTS),
    source: "wire",
  };
}

function titleLeg(prose: Prose, n: number, thread: ThreadFacts, at: number): Leg {
  const id = idOf(prose);
  const title = prose.sentence().slice(0, 60);
  const facts: ThreadFacts = { ...thread, id, kind: "title", parent: thread.id };
  const answered = [item(prose, "assistant", "message", title)];
  return { ...leg(facts, `title-${n}`, at, 0), kind: "side", answered, names: { thread: thread.id, title } };
}

/** A prompt; then rounds of thought and tool calls; then an answer. */
function turnOf(prose: Prose, thread: ThreadFacts, name: string, at: number, length: number): readonly Leg[] {
  const rounds = 1 + prose.below(4);
  const legs: Leg[] = [];
  const rare = prose.random() < 0.0005 ? ` ${RARE}${prose.below(1000)}` : "";
  const foreign = prose.random() < 0.03;
  const prompt = foreign ? prose.japanese(60) : prose.text(60 + prose.below(400));
  let asked: ItemFacts[] = [item(prose, "user", "message", prompt + rare)];
  for (let round = 0; round <= rounds; round++) {
    const answered = [item(prose, "reasoning", "reasoning", prose.text(200))];
    const outputs: ItemFacts[] = [];
    if (round < rounds) {
      const tool = prose.pick(TOOLS);
      const callId = `call_${prose.hex(16)}`;
      // Most outputs are short, some very long.
      const size = Math.max(
        80,
        ((length - 1500) / 2.5) * 0.66 * -Math.log(1 - prose.random()) * (prose.random() < 0.1 ? 6 : 1),
      );
      answered.push({ ...item(prose, "tool", "function_call", prose.sentence()), tool, callId });
      outputs.push({ ...item(prose, "tool", "function_call_output", prose.printed(size)), callId });
    } else {
      answered.push(item(prose, "assistant", "message", foreign ? prose.japanese(400) : prose.text(800)));
    }
    const failed = prose.random() < 0.005;
    legs.push({
      ...leg(thread, `${name}-${round}`, at + round * 9000, prose.below(8000)),
      turn: `turn-${name}`,
      begins: round === 0,
      trigger: "user",
      firstByteMs: 200 + 3000 * prose.random() ** 3,
      usage: { input: 20_000, cached: 15_000, output: 500, reasoning: 200 },
      limits: [{ name: "primary", usedPercent: prose.below(100), windowMinutes: 300, resetsAt: Math.floor(at / 1000) }],
      ...(failed && { state: "failed", error: { code: "server_error", message: "The server had an error" } }),
      asked,
      answered,
    });
    asked = outputs;
  }
  return legs;
}

function leg(thread: ThreadFacts, key: string, started: number, ms: number): Leg {
  const { model, effort } = thread;
  const nothing = { begins: false, local: false, dropped: false, whole: false, asked: [], answered: [] };
  return {
    key,
    thread,
    kind: "turn",
    wire: "ws",
    model,
    effort,
    started,
    ms,
    state: "completed",
    status: 200,
    ...nothing,
  };
}

function item(prose: Prose, role: Role, type: string, text: string): ItemFacts {
  const id = `${type.slice(0, 3)}_${prose.hex(24)}`;
  const body = JSON.stringify({ type, id, role, content: [{ type: "output_text", text }] });
  const hash = createHash("md5").update(body).digest("hex");
  return { id, hash, type, role, text, body, partial: false, blobs: [] };
}

function idOf(prose: Prose): string {
  return `019a${prose.hex(4)}-${prose.hex(4)}-7${prose.hex(3)}-a${prose.hex(3)}-${prose.hex(12)}`;
}
