/** `/plus`: which Codex-Plus this is, and where its files are. */
import type { Builtin } from "./builtin.ts";
import { table } from "./builtin.ts";

export interface PlusFacts {
  readonly version: string;
  readonly node: string;
  /** Name and place of each of our files. */
  readonly files: readonly (readonly [string, string])[];
}

export function plus(facts: PlusFacts): Builtin {
  return {
    name: "plus",
    description: "version, settings, and where files are",
    run: () =>
      `**Codex-Plus ${facts.version}** on Node ${facts.node}\n\n${table(
        ["what", "where"],
        facts.files.map(([name, path]) => [name, `\`${path}\``]),
      )}\n\n\`codex-plus config\` shows each setting and where it came from.`,
  };
}
