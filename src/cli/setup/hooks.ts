/** Our hook program in Codex's config.toml: tables at its end, which no other byte of the file has to change for. */
import { isDeepStrictEqual } from "node:util";
import { NATIVE_EVENTS, tables } from "../../hooks/native/registration.ts";
import { parseToml } from "./edit.ts";

const NOTE =
  "# added by codex-plus: hooks for what only Codex knows; `codex-plus setup --undo` takes them out, /hooks approves them";

/** The lines that we add, for a file with this kind of line ends. */
export function hookLines(text: string, program: string): string {
  const end = /\r?\n/.exec(text)?.[0] ?? "\n";
  const before = text === "" ? "" : text.endsWith("\n") ? end : `${end}${end}`;
  return `${before}${`${NOTE}\n${tables(program)}`.replaceAll("\n", end)}`;
}

/** The text with our lines behind it; undefined where its own hooks are written in a form that tables cannot follow. */
export function addHooks(text: string, program: string): string | undefined {
  const after = text + hookLines(text, program);
  try {
    return isDeepStrictEqual(withoutLast(parseToml(after)), withoutEmpty(parseToml(text))) ? after : undefined;
  } catch {
    return undefined;
  }
}

/** The text without lines that we added; as it is where somebody has changed them. */
export function removeHooks(text: string, lines: string): string {
  const at = text.indexOf(lines);
  return at < 0 ? text : text.slice(0, at) + text.slice(at + lines.length);
}

type Table = Readonly<Record<string, unknown>>;

/** What the file says without the group that each of our events has got last. */
function withoutLast(config: Table): Table {
  const hooks = Object.entries(config.hooks ?? {}).map(([event, groups]) => {
    const ours = (NATIVE_EVENTS as readonly string[]).includes(event) && Array.isArray(groups);
    return [event, ours ? groups.slice(0, -1) : groups] as const;
  });
  return withoutEmpty({ ...config, hooks: Object.fromEntries(hooks) });
}

function withoutEmpty(config: Table): Table {
  const hooks = Object.entries(config.hooks ?? {}).filter(
    ([, groups]) => !(Array.isArray(groups) && groups.length === 0),
  );
  const { hooks: _, ...rest } = config;
  return hooks.length === 0 ? rest : { ...rest, hooks: Object.fromEntries(hooks) };
}
