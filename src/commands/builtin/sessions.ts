/** `/sessions [query]`: the newest conversations that Codex itself keeps on this machine. */
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { type Builtin, table } from "./builtin.ts";

const SHOWN = 15;
/** How many files a query looks into, newest first: it is answered in an instant, not after a while. */
const LOOKED_AT = 60;
/** How many lines of a file may come before its first prompt. */
const FIRST_LINES = 40;

/** A conversation as its rollout file tells it (`$CODEX_HOME/sessions/YYYY/MM/DD/rollout-TIME-ID.jsonl`). */
interface Session {
  readonly id: string;
  readonly at: string;
  readonly cwd: string;
  readonly prompt: string;
}

export function sessions(codexHome: string): Builtin {
  return {
    name: "sessions",
    hint: "[query]",
    description: "earlier conversations, newest first",
    async run({ args }) {
      const query = args.toLowerCase();
      const found: Session[] = [];
      for (const file of (await newest(join(codexHome, "sessions"))).slice(0, LOOKED_AT)) {
        const session = await read(file);
        if (session === undefined) continue;
        const matches = [session.id, session.cwd, session.prompt].some((text) => text.toLowerCase().includes(query));
        if (matches) found.push(session);
        if (found.length === SHOWN) break;
      }
      if (found.length === 0)
        return args === ""
          ? "No conversations yet."
          : `No conversation among the newest ${LOOKED_AT} matches \`${args}\`.`;
      const rows = found.map(({ id, at, cwd, prompt }) => [
        at.slice(0, 16).replace("T", " "),
        cwd,
        prompt,
        `\`${id}\``,
      ]);
      return `${table(["when", "folder", "began with", "id"], rows)}\n\n\`codex resume ID\` goes on with one.`;
    },
  };
}

/** Rollout files by their time, newest first. The folders and names sort by time. */
async function newest(root: string): Promise<string[]> {
  const files = await readdir(root, { recursive: true }).catch(() => []);
  const rollouts = files.filter((file) => /rollout-[^/\\]*\.jsonl$/.test(file));
  return rollouts.sort((one, other) => (basename(one) < basename(other) ? 1 : -1)).map((file) => join(root, file));
}

async function read(file: string): Promise<Session | undefined> {
  let session: Session | undefined;
  let lines = 0;
  const input = createReadStream(file, "utf8");
  const reader = createInterface({ input });
  try {
    for await (const line of reader) {
      lines += 1;
      const { type, payload } = parsed(line);
      if (type === "session_meta" && session === undefined) {
        session = { id: text(payload.id), at: text(payload.timestamp), cwd: text(payload.cwd), prompt: "" };
      }
      const prompt = type === "event_msg" && payload.type === "user_message" ? text(payload.message) : "";
      if (session !== undefined && prompt !== "") return { ...session, prompt: firstLine(prompt) };
      if (lines >= FIRST_LINES) break;
    }
  } catch {
    return undefined;
  } finally {
    reader.close();
    input.destroy();
  }
  return session;
}

function parsed(line: string): { type: unknown; payload: Readonly<Record<string, unknown>> } {
  try {
    const value = JSON.parse(line);
    const { payload } = value;
    return { type: value.type, payload: typeof payload === "object" && payload !== null ? payload : {} };
  } catch {
    return { type: undefined, payload: {} };
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function firstLine(prompt: string): string {
  const line = prompt.trim().split("\n")[0] ?? "";
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
