/** Markdown as HTML. What it says is not trusted: HTML in it is shown as text, and links go to the web or nowhere. */
import MarkdownIt, { type RendererRule, type Token } from "markdown-it";
import { codeBlock, escaped } from "./code.ts";

/** UTF-16 units; longer ones are shown as they were written. */
const MOST_RENDERED = 128 * 1024;
const WEB = /^(?:https?|mailto):/i;

const markdown = new MarkdownIt({ html: false, linkify: true });
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false });

const code: RendererRule = (tokens, at) => {
  const { content = "", info = "" } = tokens[at] ?? {};
  return codeBlock(content, info.trim().split(/\s/, 1)[0] ?? "");
};
Object.assign(markdown.renderer.rules, { fence: code, code_block: code } satisfies Record<string, RendererRule>);

/** A picture of elsewhere would be fetched by looking at the page: it is told of. */
markdown.renderer.rules.image = (tokens, at) => {
  const { content = "" } = tokens[at] ?? {};
  return `<em>[picture: ${escaped(content)}]</em>`;
};

/** Links to files and to what is no address of the web are text; the others tell nobody where they were found. */
markdown.core.ruler.push("links", ({ tokens }) => {
  for (const { children, attrs } of tokens) {
    // Cells are aligned by a style, which the page's policy forbids.
    for (const attr of attrs ?? []) {
      if (attr[0] === "style") attr.splice(0, 2, "class", String(attr[1]).replace("text-align:", ""));
    }
    let open: Token | undefined;
    for (const token of children ?? []) {
      if (token.type === "link_open") {
        open = token;
        const address = String(token.attrGet("href") ?? "");
        if (WEB.test(address)) token.attrSet("rel", "noopener noreferrer");
        else {
          token.tag = "span";
          token.attrs = [["title", address]];
        }
      } else if (token.type === "link_close" && open !== undefined) token.tag = open.tag;
    }
  }
});

export function prose(text: string): string {
  return text.length > MOST_RENDERED ? plain(text) : `<div class="prose">${markdown.render(text)}</div>\n`;
}

export function plain(text: string): string {
  return `<p class="plain">${escaped(text)}</p>\n`;
}
