/** `codex-plus sessions search QUERY`: what was said anywhere, best first. */
import { styleText } from "node:util";
import { type Command, Option, type OptionValues } from "commander";
import { moment } from "../../lib/amounts.ts";
import { type Found, grouped, stretches } from "../../sessions/search/found.ts";
import type { Hit, SearchFilter } from "../../sessions/store.ts";
import { verb } from "../flags.ts";
import { print } from "../terminal/print.ts";
import { oneLine, plain, wrapped } from "../terminal/text.ts";
import { filterOf, withFilters, withLimit } from "./filters.ts";
import { shortIds, threadOf } from "./find.ts";
import { ALL, withReader } from "./open.ts";
import { titleOf } from "./title.ts";

const ROLES = ["user", "assistant", "tool", "reasoning"] as const;

export function searchCommand(): Command {
  const command = verb("search", "find what was said, in all conversations", [
    'sessions search "connection pool"',
    "sessions search '\"exact phrase\" src/server retr*' --since 30d",
    "sessions search migration --role user --cwd",
  ]);
  return withLimit(
    withFilters(
      command.argument("<query...>", `words, "a phrase", begin*, -not, OR, role:user, tool:exec, cwd:., since:7d`),
    ),
    20,
  )
    .addOption(new Option("--role <who>", "who said it").choices(ROLES))
    .option("--tool <name>", "calls and outputs of that tool")
    .option("--in <id>", "one conversation only")
    .option("--json", "print them as JSON")
    .action(search);
}

async function search(words: readonly string[], flags: OptionValues): Promise<void> {
  await withReader(async (reader) => {
    const thread = flags.in === undefined ? undefined : threadOf(reader, flags.in).id;
    const { role, tool, limit } = flags;
    const filter: SearchFilter = { ...filterOf(flags), role, tool, thread, limit: limit === 0 ? ALL : limit };
    const found = grouped(reader.search(words.join(" "), filter));
    if (flags.json) console.log(JSON.stringify(found.map(asJson), null, 2));
    else if (found.length === 0) console.log("Nothing found.");
    else await print(lines(found));
  });
}

function* lines(found: readonly Found[]): Generator<string> {
  const ids = shortIds(found.map(({ thread }) => thread));
  for (const [index, { thread, hits }] of found.entries()) {
    if (index > 0) yield "";
    yield* wrapped(titleOf(thread), "").map((line) => styleText("bold", line));
    const facts = [moment(thread.used), thread.cwd && oneLine(thread.cwd)].filter(Boolean).join("  ");
    yield `${styleText("cyan", ids[index] ?? thread.id)}  ${styleText("dim", facts)}`;
    for (const hit of hits) yield* wrapped(`${styleText("dim", `${who(hit)}:`)} ${highlighted(hit.snippet)}`, "  ");
  }
}

function who({ role, tool }: Hit): string {
  if (role === "user") return "you";
  return role === "assistant" ? "codex" : role === "tool" ? oneLine(tool ?? "tool") : "thought";
}

function highlighted(snippet: string): string {
  const said = stretches(snippet).map(({ text, match }) => {
    const clean = plain(text).replaceAll(/\s+/g, " ");
    return match ? styleText(["bold", "yellow"], clean) : clean;
  });
  return said.join("").trim();
}

/** A snippet is told as text, with the places [from, to) of what was looked for in it. */
function asJson({ thread, hits }: Found): object {
  return {
    thread,
    hits: hits.map(({ thread: _, snippet, ...hit }) => {
      const matches: [number, number][] = [];
      let text = "";
      for (const stretch of stretches(snippet)) {
        if (stretch.match) matches.push([text.length, text.length + stretch.text.length]);
        text += stretch.text;
      }
      return { ...hit, snippet: text, matches };
    }),
  };
}
