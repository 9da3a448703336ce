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
  const { config, origins } = settingsOf();
  const settings = [...origins].map(([name, { value, from }]) => ({ name, value: shown(value), from }));
  const environment = Object.entries(config.environment).map(([name, value]) => ({ name, value: shown(value) }));
  if (flags.json) {
    const bySetting = Object.fromEntries(
      settings.map(({ name, value, from }) => [name, { value: value ?? null, from }]),
    );
    const byName = Object.fromEntries(environment.map(({ name, value }) => [name, value]));
    console.log(JSON.stringify({ settings: bySetting, environment: byName }, null, 2));
    return;
  }
  const rows = [...settings, ...environment.map((row) => ({ ...row, from: "environment" }))];
  const texts = rows.map(({ name, value, from }) => [name, value === undefined ? "-" : text(value), from] as const);
  const widths = [0, 1].map((column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)));
  for (const [name, value, from] of texts)
    console.log(`${name.padEnd(widths[0] ?? 0)}  ${value.padEnd(widths[1] ?? 0)}  ${from}`);
}

const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
const shown = (value: unknown) => (typeof value === "string" ? withoutLogin(value) : value);
