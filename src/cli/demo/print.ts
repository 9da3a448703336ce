/** How the demo looks on a terminal. Plain text where output is no terminal or NO_COLOR is set. */
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

const paint = (style: Style, text: string) => styleText(style, text, { stream: process.stdout });

/** A label in its column, in front of what it says. */
function label(name: string, style: Style): string {
  return `  ${paint(style, name.padEnd(8))}`;
}

export const print = {
  title: (text: string, about: string) => console.log(`\n  ${paint("bold", text)}  ${paint("dim", about)}\n`),
  fact: (name: string, value: string, about: string) =>
    console.log(`${label(name, "dim")}${value.padEnd(25)}${paint("dim", about)}`),
  section: (text: string) =>
    console.log(`\n  ${paint("bold", text)} ${paint("dim", "─".repeat(Math.max(2, 64 - text.length)))}`),
  you: (text: string) => console.log(`\n${label("you", "cyan")}${text}`),
  tool: (command: string, output: string) =>
    console.log(`${label("tool", "yellow")}$ ${command}\n${" ".repeat(10)}${output.trim()}`),
  /** Begins what the model says; its words follow by `words`, and `line` ends it. */
  model: () => process.stdout.write(label("model", "green")),
  words: (text: string) => process.stdout.write(text),
  line: (text = "") => console.log(text),
  note: (text: string) => console.log(`${" ".repeat(10)}${paint("dim", text)}`),
  good: (text: string) => console.log(`\n  ${paint("green", "✓")} ${text}`),
  bad: (text: string) => console.log(`\n  ${paint("red", "✗")} ${text}`),
  command: (text: string) => console.log(`\n      ${paint("bold", text)}\n`),
};

/** Bytes for a person: "813 B", "1.4 kB". */
export function size(bytes: number): string {
  return bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`;
}
