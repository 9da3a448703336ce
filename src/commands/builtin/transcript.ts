/** A conversation's items as a text for people (Markdown, HTML) or programs (JSON). */

export const FORMATS = ["md", "json", "html"] as const;
export type Format = (typeof FORMATS)[number];

export interface About {
  readonly thread: string;
  readonly model: string;
  readonly cwd: string | undefined;
  readonly at: Date;
}

/** One thing that was said or done. */
interface Entry {
  readonly who: "user" | "assistant" | "tool" | "output";
  readonly text: string;
}

/** The fields of an item that are read here. */
interface Item {
  readonly type?: string;
  readonly role?: string;
  readonly content?: unknown;
  readonly name?: string;
  readonly arguments?: unknown;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly internal_chat_message_metadata_passthrough?: { readonly content_item_kinds?: unknown };
}

/** @param items the `input` items of a Responses request, oldest first */
export function render(items: readonly unknown[], format: Format, about: About): string {
  if (format === "json") {
    const { thread, model, cwd, at } = about;
    const head = {
      format: "codex-plus-conversation",
      version: 1,
      thread,
      model,
      cwd: cwd ?? null,
      savedAt: at.toISOString(),
    };
    return `${JSON.stringify({ ...head, items }, null, 2)}\n`;
  }
  const entries = items.flatMap((item) => entryOf(item as Item));
  return format === "md" ? markdown(entries, about) : html(entries, about);
}

function entryOf(item: Item): Entry[] {
  if (item.type === "message" || (item.type === undefined && item.role !== undefined)) {
    if (item.role !== "user" && item.role !== "assistant") return [];
    const text = item.role === "user" ? typedText(item) : allText(item.content);
    return text === "" ? [] : [{ who: item.role, text }];
  }
  if (item.type === "function_call" || item.type === "custom_tool_call") {
    const given = item.arguments ?? item.input ?? "";
    return [
      { who: "tool", text: `${item.name ?? "tool"}\n${typeof given === "string" ? given : JSON.stringify(given)}` },
    ];
  }
  if (item.type?.endsWith("_output")) return [{ who: "output", text: allText(item.output) }];
  return [];
}

/** What a person wrote: not the folder, the rules and the other context that Codex sends in the same role. */
function typedText(item: Item): string {
  const kinds = item.internal_chat_message_metadata_passthrough?.content_item_kinds;
  if (!Array.isArray(kinds)) {
    const text = allText(item.content);
    return /^\s*(<[a-z_]+>|# AGENTS\.md)/.test(text) ? "" : text;
  }
  const parts = Array.isArray(item.content) ? item.content : [];
  return allText(parts.filter((_, index) => kinds[index] === "user.text"));
}

function allText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.flatMap((part) => (typeof part?.text === "string" ? [part.text] : [])).join("\n");
}

const TITLES = { user: "You", assistant: "Codex", tool: "Tool call", output: "Output" } as const;

function markdown(entries: readonly Entry[], about: About): string {
  const head = `# Conversation ${about.thread}\n\n${facts(about)
    .map(([name, value]) => `- ${name}: ${value}`)
    .join("\n")}\n`;
  const body = entries.map(({ who, text }) => {
    const said = who === "tool" || who === "output" ? fenced(text) : text;
    return `## ${TITLES[who]}\n\n${said}\n`;
  });
  return [head, ...body].join("\n");
}

/** A code block whose fence is longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

function html(entries: readonly Entry[], about: About): string {
  const body = entries.map(({ who, text }) => {
    const inner = `<pre>${escaped(text)}</pre>`;
    if (who === "tool" || who === "output")
      return `<details class="${who}"><summary>${TITLES[who]}</summary>${inner}</details>`;
    return `<section class="${who}"><h2>${TITLES[who]}</h2>${inner}</section>`;
  });
  const known = facts(about).map(([name, value]) => `<li>${escaped(name)}: ${escaped(value)}</li>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Conversation ${escaped(about.thread)}</title>
<style>
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:auto;padding:1rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;margin:0}details pre{font:13px/1.45 ui-monospace,monospace}
section,details{border-left:3px solid #8888;padding:.25rem .75rem;margin:.75rem 0}.user{border-color:#38f}h2{font-size:.8rem;margin:0;opacity:.7}
</style></head><body>
<h1>Conversation</h1><ul>${known.join("")}</ul>
${body.join("\n")}
</body></html>
`;
}

function facts({ thread, model, cwd, at }: About): [string, string][] {
  return [
    ["thread", thread || "none"],
    ["model", model || "not said"],
    ...(cwd === undefined ? [] : [["folder", cwd] as [string, string]]),
    ["saved", at.toISOString()],
  ];
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
