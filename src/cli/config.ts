/** `codex-plus config`: every setting, its value, and where that came from. */
import type { Command, OptionValues } from "commander";
import { withoutLogin } from "../config/redact.ts";
import { settingsOf, verb } from "./flags.ts";

export function configCommand(): Command {
  return verb("config", "every setting, its value and where it came from", ["config", "config --json"])
    .option("--json", "as JSON")
    .action(config);
}

function config(flags: OptionValues): void {
  const rows = [...settingsOf().origins].map(([name, { value, from }]) => ({ name, value: shown(value), from }));
  if (flags.json) {
    const byName = Object.fromEntries(rows.map(({ name, value, from }) => [name, { value, from }]));
    console.log(JSON.stringify(byName, null, 2));
    return;
  }
  const texts = rows.map(({ name, value, from }) => [name, value === null ? "-" : text(value), from] as const);
  const [names, values] = [0, 1].map((column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)));
  for (const [name, value, from] of texts)
    console.log(`${name.padEnd(names ?? 0)}  ${value.padEnd(values ?? 0)}  ${from}`);
}

const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** As it may be seen: without a proxy's login; null for what is not set. */
function shown(value: unknown): unknown {
  return typeof value === "string" ? withoutLogin(value) : (value ?? null);
}
