/** `codex-plus doctor`: what is right, what is not, and the cure. */
import { styleText } from "node:util";
import type { Command, OptionValues } from "commander";
import { codexVersion, findCodex } from "./codex.ts";
import { askHealth, configuredUrl } from "./control.ts";
import { readCodexConfig } from "./doctor/codex-config.ts";
import type { Facts, Finding } from "./doctor/finding.ts";
import { readLogin } from "./doctor/login.ts";
import { EXIT, Exit } from "./exit.ts";
import { settingsOf, verb } from "./flags.ts";

const MARKS = { ok: styleText("green", "✓"), warn: styleText("yellow", "!"), fail: styleText("red", "✗") };

export function doctorCommand(): Command {
  return verb("doctor", "check everything between Codex and its backend, with the cure for what is wrong", [
    "doctor",
    "doctor --json",
  ])
    .option("--json", "as JSON")
    .action(doctor);
}

async function doctor(flags: OptionValues): Promise<void> {
  const facts = await gather();
  // Loaded here: the checks bring the whole proxy along, which no other verb should wait for.
  const { CHECKS } = await import("./doctor/checks.ts");
  const findings: Finding[] = [];
  for (const check of CHECKS) {
    const finding = await check(facts);
    findings.push(finding);
    if (flags.json) continue;
    console.log(`${MARKS[finding.state]} ${finding.name.padEnd(14)}${finding.says}`);
    if (finding.cure) console.log(`  ${"".padEnd(14)}→ ${finding.cure}`);
  }
  const ok = findings.every(({ state }) => state !== "fail");
  if (flags.json) console.log(JSON.stringify({ ok, findings }, null, 2));
  if (!ok) throw new Exit(EXIT.failed);
}

async function gather(): Promise<Facts> {
  const loaded = settingsOf();
  const { home, codexHome } = loaded.config.environment;
  const url = configuredUrl(loaded.config);
  const path = await findCodex({ ...process.env }.PATH ?? "");
  const [health, version, codexConfig, login] = await Promise.all([
    loaded.config.server.port === 0 ? undefined : askHealth(url, home),
    path === undefined ? undefined : codexVersion(path),
    readCodexConfig(codexHome),
    readLogin(codexHome),
  ]);
  return { ...loaded, url, health, codex: path === undefined ? undefined : { path, version }, codexConfig, login };
}
