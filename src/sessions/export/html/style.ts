/** How the page looks: one column, on a phone as on a desk. */
export const STYLE = `
:root {
  --ground: #fbfaf8; --raised: #fff; --sunk: #f3f1ed; --ink: #23211d; --quiet: #6d6960; --rule: #e3dfd7;
  --accent: #0d6b57; --you: #e7f1ec; --bad: #a8281c; --bad-ground: #fbeae7;
  --keyword: #8a3c9e; --string: #2c6e2f; --number: #9a5300; --name: #1f5fa8; --note: #7a756a; --type: #0b6d75;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #161614; --raised: #1e1e1b; --sunk: #111110; --ink: #e6e3dc; --quiet: #9c978b; --rule: #33312c;
    --accent: #6fcdb3; --you: #1d2d28; --bad: #ff9c8f; --bad-ground: #35201d;
    --keyword: #d6a1e6; --string: #a5cf8d; --number: #e9b872; --name: #8fbef5; --note: #8b8679; --type: #7cd0d8;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0 auto; max-width: 52rem; padding: clamp(1rem, 4vw, 2.5rem) clamp(.875rem, 4vw, 2rem);
  background: var(--ground); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere;
}
a { color: var(--accent); text-underline-offset: .15em; }
code, pre, kbd { font: .875em/1.55 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
h1 { margin: 0 0 1rem; font-size: clamp(1.4rem, 5vw, 2rem); line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; }
header dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 10rem), 1fr)); gap: .5rem 1.25rem; margin: 0; }
dt { color: var(--quiet); font-size: .75rem; } dd { margin: 0; font-size: .9rem; }
nav { margin: 1.75rem 0 0; border: 1px solid var(--rule); border-radius: .75rem; background: var(--raised); padding: .25rem 1rem; }
nav summary { padding: .5rem 0; font-weight: 600; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
nav td { padding: .4rem 0; border-top: 1px solid var(--rule); vertical-align: baseline; }
nav td:first-child { width: 2.25rem; color: var(--quiet); font-variant-numeric: tabular-nums; }
nav td:last-child { padding-left: 1rem; color: var(--quiet); font-size: .8rem; text-align: right; white-space: nowrap; }
nav a { text-decoration: none; } nav a:hover { text-decoration: underline; }
section { margin-top: 2.5rem; content-visibility: auto; contain-intrinsic-size: auto 20rem; }
h2 { display: flex; gap: .6rem; align-items: baseline; margin: 0 0 1rem; padding-top: .75rem; border-top: 1px solid var(--rule); font-size: 1rem; }
h2 a { text-decoration: none; font-variant-numeric: tabular-nums; }
h2 small { flex: 1; color: var(--quiet); font-weight: 400; font-size: .8rem; }
h3, h4 { margin: 0 0 .25rem; color: var(--quiet); font-size: .75rem; font-weight: 600; }
h4 { margin: .75rem 0 .35rem; }
article { margin: 1rem 0; }
article.user { padding: .75rem 1rem; border-radius: .75rem; background: var(--you); }
article > :last-child, .prose > :last-child { margin-bottom: 0; }
article > h3 + *, .prose > :first-child { margin-top: 0; }
.plain { margin: .5rem 0; white-space: pre-wrap; }
.prose h1, .prose h2, .prose h3, .prose h4 { display: block; margin: 1.4em 0 .4em; padding: 0; border: 0; color: inherit; font-size: 1.05rem; font-weight: 650; line-height: 1.3; }
.prose h1 { font-size: 1.3rem; } .prose h2 { font-size: 1.15rem; }
.prose p, .prose ul, .prose ol { margin: .7em 0; } .prose ul, .prose ol { padding-left: 1.4em; }
.prose blockquote { margin: .7em 0; padding-left: 1em; border-left: 3px solid var(--rule); color: var(--quiet); }
.prose table { display: block; width: max-content; max-width: 100%; overflow-x: auto; }
.prose th, .prose td { padding: .35rem .75rem; border: 1px solid var(--rule); text-align: left; overflow-wrap: normal; }
.prose .right { text-align: right; } .prose .center { text-align: center; }
.prose :not(pre) > code { padding: .1em .35em; border-radius: .3em; background: var(--sunk); }
.prose span[title] { border-bottom: 1px dotted var(--quiet); }
pre {
  margin: .6rem 0; padding: .75rem .9rem; border: 1px solid var(--rule); border-radius: .5rem; background: var(--sunk);
  overflow: auto; max-height: 34rem; overflow-wrap: normal; tab-size: 4;
}
pre code { font-size: .8125rem; }
img { display: block; max-width: 100%; height: auto; margin: .6rem 0; border: 1px solid var(--rule); border-radius: .5rem; }
summary { cursor: pointer; }
details:not(nav details) { margin: .4rem 0; }
details details { margin-left: 0; }
.tool, .reasoning, .context, .sent { border: 1px solid var(--rule); border-radius: .5rem; background: var(--raised); padding: 0 .8rem; font-size: .9rem; }
.reasoning, .context, .sent { background: none; }
.tool > summary, .reasoning > summary, .context > summary, .sent > summary { margin: 0 -.8rem; padding: .4rem .8rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--quiet); border-radius: .5rem; }
summary b { margin-right: .25em; font-weight: 600; } .tool > summary b { color: var(--ink); }
.tool > summary .line { font: .8125rem ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
summary:hover { color: var(--accent); } summary:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: .2rem; }
details[open]:is(.tool, .reasoning, .context, .sent) { padding-bottom: .6rem; }
details.sent { margin-top: .75rem; }
.thread { margin-top: 2.5rem; border: 1px solid var(--rule); border-radius: .75rem; padding: 0 1rem; }
.thread > summary { padding: .75rem 0; font-weight: 600; } .thread[open] { padding-bottom: 1rem; } .thread section { margin-top: 1rem; }
.badge { padding: .05em .5em; border-radius: 1em; background: var(--bad-ground); color: var(--bad); font-size: .7rem; font-style: normal; white-space: nowrap; }
.error { margin: 1rem 0; padding: .6rem 1rem; border-radius: .5rem; background: var(--bad-ground); color: var(--bad); }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--quiet); font-size: .8rem; }
.hljs-comment, .hljs-quote, .hljs-meta { color: var(--note); }
.hljs-keyword, .hljs-selector-tag, .hljs-literal, .hljs-section, .hljs-doctag { color: var(--keyword); }
.hljs-string, .hljs-regexp, .hljs-addition, .hljs-symbol, .hljs-template-variable { color: var(--string); }
.hljs-number, .hljs-attr, .hljs-attribute, .hljs-variable, .hljs-selector-class, .hljs-selector-id { color: var(--number); }
.hljs-title, .hljs-name, .hljs-property, .hljs-link { color: var(--name); }
.hljs-built_in, .hljs-type, .hljs-class { color: var(--type); }
.hljs-deletion { color: var(--bad); } .hljs-emphasis { font-style: italic; } .hljs-strong { font-weight: 700; }
@media (max-width: 36rem) {
  nav td:last-child { display: none; }
  .tool, .reasoning, .context, .sent { padding: 0 .65rem; }
}
@media print { section { content-visibility: visible; } pre { max-height: none; white-space: pre-wrap; } }
`;
