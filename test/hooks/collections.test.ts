/**
 * Settings files that people have put into public repositories: how they are built, with names and commands of our own.
 * `project`: all `.claude/settings.json` with hooks that were looked at; `person`: settings of a home, in dotfiles.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { matches } from "../../src/hooks/matcher.ts";
import { parseSettings } from "../../src/hooks/settings/parse.ts";

interface Collected {
  readonly source: string;
  readonly kind: "project" | "person";
  /** How many handlers can run. */
  readonly handlers: number;
  /** How what is told of the others begins. */
  readonly problems: readonly string[];
  /** Why not all can run. */
  readonly why?: string;
  readonly settings: { readonly hooks: unknown };
}

const all: readonly Collected[] = JSON.parse(await readFile(join(import.meta.dirname, "collections.json"), "utf8"));
const read = ({ kind, settings }: Collected) =>
  parseSettings(JSON.stringify(settings), {
    name: kind === "project" ? "project" : "user",
    file: "/settings.json",
    project: kind === "project",
  });

test("every file gives the handlers that it should, and tells of those that cannot run", () => {
  for (const one of all) {
    const { handlers, problems } = read(one);
    assert.equal(handlers.length, one.handlers, one.source);
    const told = problems.map(({ what }, at) => what.slice(0, one.problems[at]?.length ?? what.length));
    assert.deepEqual(told, one.problems, one.source);
    assert.equal(one.why !== undefined, problems.length > 0, one.source);
  }
});

test("of the files of projects 95 % are supported in full, of all nine tenths; the others say why not", () => {
  const valid = all.filter(({ handlers }) => handlers > 0);
  const share = (kind?: Collected["kind"]): number => {
    const some = valid.filter((one) => kind === undefined || one.kind === kind);
    return some.filter(({ problems }) => problems.length === 0).length / some.length;
  };
  const authors = new Set(all.map(({ source }) => source.split("/")[0]));
  assert.ok(authors.size >= 40 && valid.filter(({ kind }) => kind === "project").length >= 40);
  assert.ok(share("project") >= 0.95, `${share("project")}`);
  assert.ok(share() >= 0.9, `${share()}`);
});

test("matchers of theirs reach the tools they are for", () => {
  const matchers = new Set(all.flatMap((one) => read(one).handlers.map(({ matcher }) => matcher ?? "")));
  const reached = (tool: string): string[] => [...matchers].filter((matcher) => matches(matcher, tool)).toSorted();
  assert.deepEqual(
    reached("Bash").filter((matcher) => /Bash/.test(matcher)),
    ["Bash", "Bash|Grep", "Bash|Task", "Edit|Write|Bash", "^(Bash|Write|Edit)$"],
  );
  assert.deepEqual(
    reached("Write").filter((matcher) => matcher.length > 2),
    [
      "Edit|Write",
      "Edit|Write|Bash",
      "Edit|Write|MultiEdit",
      "Edit|Write|MultiEdit|NotebookEdit",
      "Write",
      "Write|Edit",
      "Write|Edit|MultiEdit",
      "^(Bash|Write|Edit)$",
      "^Write$",
    ],
  );
});
