/** `codex-plus service`: the proxy in the background, from login on. */
import { mkdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Command, type OptionValues } from "commander";
import { variablesForService } from "../config/environment.ts";
import { pathsOf, serviceFolder } from "../config/paths.ts";
import type { Config } from "../config/schema.ts";
import { CodexPlusError } from "../errors.ts";
import { runChild } from "./child.ts";
import { askHealth, configuredUrl } from "./control.ts";
import { EXIT, Exit } from "./exit.ts";
import { settingsOf, verb } from "./flags.ts";
import { describeOwner } from "./port-owner.ts";
import { call, type System, systemOf } from "./service/system.ts";
import { exists, removeFile, writeWhole } from "./setup/file.ts";

/** How long a freshly started service may take to answer, in ms. */
const START = 15_000;

export function serviceCommand(): Command {
  const command = new Command("service").description(
    "run the proxy in the background (systemd user unit, launchd agent)",
  );
  command.addCommand(
    verb("install", "write the service file, start the service now and at every login", ["service install"])
      .option("--dry-run", "only print the service file")
      .action(install),
  );
  command.addCommand(
    verb("uninstall", "stop the service and remove its file", ["service uninstall"])
      .option("--dry-run", "only say what would be removed")
      .action(uninstall),
  );
  command.addCommand(
    verb("status", "whether it is installed, runs and answers", ["service status --json"])
      .option("--json", "as JSON")
      .action(status),
  );
  command.addCommand(
    verb("logs", "the last 100 lines it wrote", ["service logs --follow"])
      .option("-f, --follow", "and all that come")
      .action(logs),
  );
  return command.addHelpText("after", "\nExample:\n  $ codex-plus service install");
}

async function install(flags: OptionValues): Promise<void> {
  const { config } = settingsOf();
  const system = thisSystem(config);
  if (flags.dryRun) return console.log(`# ${system.file}\n${system.text}`);
  await refuseWithout(system);
  const url = configuredUrl(config);
  const installed = await exists(system.file);
  if (!installed && (await askHealth(url)) !== undefined) {
    const owner = await describeOwner(config);
    throw new CodexPlusError(
      "CP_PORT_TAKEN",
      `port ${config.server.port} is taken by ${owner}; stop it, or set CODEX_PLUS_PORT`,
    );
  }
  await mkdir(pathsOf(config.environment.home).logs, { recursive: true, mode: 0o700 });
  await writeWhole(system.file, system.text, 0o600);
  if (installed && system.name === "launchd") for (const step of system.stop) await call(step).catch(() => "");
  for (const step of system.start) await call(step);
  await answering(url, config.environment.home);
  console.log(`The service runs and answers at ${url}; its file is ${system.file}.`);
  if (system.name === "systemd")
    console.log("It ends when you log out, unless you allow it to stay: loginctl enable-linger");
  if (process.argv[1]?.includes("_npx")) {
    console.log(
      "It runs from npx's cache, which may be cleared. To keep it: npm install -g codex-plus, then install it again.",
    );
  }
}

async function uninstall(flags: OptionValues): Promise<void> {
  const system = thisSystem(settingsOf().config);
  if (!(await exists(system.file))) return console.log(`No service is installed (${system.file}).`);
  if (flags.dryRun) return console.log(`Would stop the service and remove ${system.file}`);
  await refuseWithout(system);
  for (const step of system.stop) await call(step);
  await removeFile(system.file);
  for (const step of system.forget) await call(step);
  console.log(`The service is stopped and ${system.file} is gone.`);
}

async function status(flags: OptionValues): Promise<void> {
  const { config } = settingsOf();
  const system = thisSystem(config);
  const url = configuredUrl(config);
  const installed = await exists(system.file);
  const runs =
    installed &&
    (await call(system.state).then(
      () => true,
      () => false,
    ));
  const health = await askHealth(url, config.environment.home);
  const answers = typeof health === "object";
  if (flags.json)
    console.log(JSON.stringify({ system: system.name, file: system.file, installed, runs, url, answers }));
  else {
    console.log(`file     ${installed ? system.file : "not installed (codex-plus service install)"}`);
    console.log(`service  ${runs ? "runs" : "does not run"}`);
    console.log(
      `proxy    ${answers ? `Codex-Plus ${health.version} answers at ${url} (pid ${health.pid})` : `nothing answers at ${url}`}`,
    );
  }
  if (!runs || !answers) throw new Exit(EXIT.notRunning);
}

async function logs(flags: OptionValues): Promise<void> {
  const [program, ...args] = thisSystem(settingsOf().config).logs(flags.follow === true);
  throw new Exit(await runChild(program, args, { ...process.env }));
}

function thisSystem(config: Config): System {
  const script = fileURLToPath(new URL("../../bin/codex-plus.js", import.meta.url));
  const home: [string, string] = ["CODEX_PLUS_HOME", config.environment.home];
  const spec = {
    command: [process.execPath, script, "serve"],
    variables: [home, ...variablesForService().filter(([name]) => name !== "CODEX_PLUS_HOME")],
    log: `${pathsOf(config.environment.home).logs}/service.log`,
  };
  const system = systemOf(process.platform, serviceFolder(), spec, process.getuid?.() ?? 0);
  if (system) return system;
  throw new CodexPlusError(
    "CP_SERVICE_FAILED",
    `there is no service for ${process.platform} yet; use codex-plus serve or run`,
  );
}

/** Containers and bare logins have systemd's programs but no session for them to speak to. */
async function refuseWithout(system: System): Promise<void> {
  await call(system.probe).catch((cause: Error) => {
    const how = `${system.name} keeps no services for this user here (${cause.message.split("\n")[0]})`;
    throw new CodexPlusError("CP_SERVICE_FAILED", `${how}; use codex-plus serve or codex-plus run instead`, { cause });
  });
}

async function answering(url: string, home: string): Promise<void> {
  for (const until = Date.now() + START; Date.now() < until; await sleep(200)) {
    if (typeof (await askHealth(url, home)) === "object") return;
  }
  throw new CodexPlusError(
    "CP_SERVICE_FAILED",
    `the service was started but nothing answers at ${url} after ${START / 1000} s`,
  );
}
