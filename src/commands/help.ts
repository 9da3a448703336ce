/** What /help says of the commands found: data, grouped by where they come from. */
import type { Catalog } from "./discover.ts";

export interface HelpEntry {
  readonly name: string;
  /** `[branch] [message]`, where the file gives a hint. */
  readonly hint?: string;
  readonly description: string;
  readonly file: string;
}

export interface HelpGroup {
  /** `~/.claude/commands`, `.codexplus/commands`… */
  readonly place: string;
  readonly entries: readonly HelpEntry[];
}

/** All commands that a person may run, in the order of the places they come from, by name within each. */
export function helpEntries({ commands, roots }: Catalog): HelpGroup[] {
  const shown = [...new Set(commands.values())].filter(({ matter }) => matter.invocable);
  const places = [...new Set([...roots, ...shown].map(({ place }) => place))];
  return places.flatMap((place) => {
    const entries = shown
      .filter((command) => command.place === place)
      .map(({ name, description, file, matter }) => ({
        name,
        description,
        file,
        ...(matter.hint !== undefined && { hint: matter.hint }),
      }))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1));
    return entries.length === 0 ? [] : [{ place, entries }];
  });
}
