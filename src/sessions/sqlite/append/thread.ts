/** The row of a thread: what its requests tell of it. */
import type { DatabaseSync } from "node:sqlite";
import type { Leg, ThreadFacts } from "../../ledger.ts";

export interface Thread {
  readonly n: number;
  readonly forkedFrom: string | null;
  /** `item.n` of the last item that it has from the thread it was forked from. */
  readonly forkedAt: number | null;
  /** How many turns it has had. */
  readonly turns: number;
  readonly prompt: string;
}

/** Columns that are left as they are by who does not know them. */
const FACTS = {
  parent: (facts) => facts.parent,
  forked_from: (facts) => facts.forkedFrom,
  agent: (facts) => facts.agent,
  client: (facts) => facts.client,
  client_version: (facts) => facts.clientVersion,
  provider: (facts) => facts.provider,
  cwd: (facts) => facts.cwd,
  git_commit: (facts) => facts.commit,
  model: (facts) => facts.model,
  effort: (facts) => facts.effort,
  title: (facts) => facts.title,
} satisfies Record<string, (facts: ThreadFacts) => string | undefined>;

const NAMES = Object.keys(FACTS);
const READ = "n, forked_from AS forkedFrom, forked_at AS forkedAt, turns, prompt";
/** A person reads it in one line of a list. */
const PROMPT_LENGTH = 200;

export type Threads = ReturnType<typeof threadRows>;

export function threadRows(db: DatabaseSync) {
  const put = (known: (name: string) => string, always: string) =>
    db.prepare(
      `INSERT INTO thread (id, kind, root, source, created, used, ${NAMES.join(", ")})
       VALUES (?, ?, ?, ?, ?, ?${", ?".repeat(NAMES.length)})
       ON CONFLICT (id) DO UPDATE SET ${always} created = min(created, excluded.created), used = max(used, excluded.used),
         ${NAMES.map((name) => `${name} = coalesce(${known(name)})`).join(", ")}
       RETURNING ${READ}`,
    );
  // Where it was forked from is told once: when that has gone, what is left of it has another name (removal.ts).
  const putNewer = put(
    (name) => (name === "forked_from" ? `${name}, excluded.${name}` : `excluded.${name}, ${name}`),
    "kind = excluded.kind, root = excluded.root,",
  );
  const putOlder = put((name) => `${name}, excluded.${name}`, "");
  const find = db.prepare(`SELECT ${READ} FROM thread WHERE id = ?`);
  const newest = db.prepare("SELECT max(started) AS started FROM leg WHERE thread = ?");
  const setTitle = db.prepare("UPDATE thread SET title = ? WHERE id = ?");
  const setPrompt = db.prepare("UPDATE thread SET prompt = ? WHERE n = ?");
  const setForkedAt = db.prepare("UPDATE thread SET forked_at = ? WHERE n = ?");

  /** A thread of whose own requests none may ever come: a review is asked for in a thread below one that is silent. */
  function putRoot(below: ThreadFacts, started: number, used: number): void {
    const { root, source } = below;
    const known = byId(root);
    if (known !== undefined && known.turns > 0) return;
    const facts = { ...below, parent: undefined, forkedFrom: undefined, agent: undefined, title: undefined };
    const values = Object.values(FACTS).map((of) => of(facts) ?? null);
    putOlder.get(root, "user", root, source, started, used, ...values);
  }

  const byId = (id: string): Thread | undefined => find.get(id) as Thread | undefined;
  return {
    byId,

    /** Writes down what the leg tells of its thread. Of two legs the one that began later knows better. */
    put({ thread, started, ms, names }: Pick<Leg, "thread" | "started" | "ms" | "names">): Thread {
      // What is asked beside a thread for its title has that title itself too.
      const facts = { ...thread, title: thread.title ?? names?.title };
      const before = byId(facts.id);
      const last = before && newest.get(before.n)?.started;
      const newer = typeof last !== "number" || started >= last;
      const values = Object.values(FACTS).map((of) => of(facts) ?? null);
      const { id, kind, root, source } = facts;
      const used = Math.round(started + (ms ?? 0));
      const row = (newer ? putNewer : putOlder).get(id, kind, root, source, started, used, ...values);
      if (root !== id) putRoot(facts, started, used);
      if (names !== undefined) setTitle.run(names.title, names.thread);
      return row as unknown as Thread;
    },

    /** What a person typed: the first of it names the thread. */
    typed({ n, prompt }: Thread, text: string): void {
      if (prompt !== "") return;
      const line = text.trim().split("\n", 1)[0] ?? "";
      setPrompt.run(line.slice(0, PROMPT_LENGTH).toWellFormed(), n);
    },

    /** The fork has all of its ancestor's items up to this one. */
    inherits({ n, forkedAt }: Thread, item: number): void {
      if (item > (forkedAt ?? 0)) setForkedAt.run(item, n);
    },
  };
}
