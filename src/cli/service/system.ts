/** The two keepers of background services: what each needs done, said in its own commands. */
import { join } from "node:path";
import { x } from "tinyexec";
import { CodexPlusError } from "../../errors.ts";
import { LABEL, launchdPlist, type ServiceSpec, systemdUnit } from "./unit.ts";

export type Call = readonly [program: string, ...args: string[]];

/** A keeper of services. Its calls are run in order; the first that fails ends the matter. */
export interface System {
  readonly name: "systemd" | "launchd";
  readonly file: string;
  readonly text: string;
  /** Answers whether the keeper is there at all. */
  readonly probe: Call;
  readonly start: readonly Call[];
  readonly stop: readonly Call[];
  /** After the file is gone. */
  readonly forget: readonly Call[];
  readonly state: Call;
  logs(follow: boolean): Call;
}

const UNIT = "codex-plus.service";

/**
 * systemd's user units on Linux, launch agents on macOS, undefined elsewhere.
 * @param folder where the system keeps service files
 * @param user the numeric user id, for launchd's domain
 */
export function systemOf(
  platform: NodeJS.Platform,
  folder: string,
  spec: ServiceSpec,
  user: number,
): System | undefined {
  if (platform === "linux") return systemd(folder, spec);
  return platform === "darwin" ? launchd(folder, spec, user) : undefined;
}

function systemd(folder: string, spec: ServiceSpec): System {
  const control = (...args: string[]): Call => ["systemctl", "--user", ...args];
  return {
    name: "systemd",
    file: join(folder, UNIT),
    text: systemdUnit(spec),
    probe: control("show-environment"),
    // A restart too, since `enable --now` leaves one that runs on the old file alone.
    start: [control("daemon-reload"), control("enable", UNIT), control("restart", UNIT)],
    stop: [control("disable", "--now", UNIT)],
    forget: [control("daemon-reload")],
    state: control("is-active", UNIT),
    logs: (follow) => ["journalctl", "--user", "--unit", UNIT, "--lines", "100", follow ? "--follow" : "--no-pager"],
  };
}

function launchd(folder: string, spec: ServiceSpec, user: number): System {
  const domain = `gui/${user}`;
  const file = join(folder, `${LABEL}.plist`);
  return {
    name: "launchd",
    file,
    text: launchdPlist(spec),
    probe: ["launchctl", "print", domain],
    start: [["launchctl", "bootstrap", domain, file]],
    stop: [["launchctl", "bootout", `${domain}/${LABEL}`]],
    forget: [],
    state: ["launchctl", "print", `${domain}/${LABEL}`],
    logs: (follow) => ["tail", "-n", "100", ...(follow ? ["-F"] : []), spec.log],
  };
}

/**
 * Runs one call of a keeper and gives its output.
 * @throws CodexPlusError CP_SERVICE_FAILED with what the program said
 */
export async function call([program, ...args]: Call): Promise<string> {
  const said = [program, ...args].join(" ");
  const { exitCode, stdout, stderr } = await x(program, args, { timeout: 60_000 }).then(
    (output) => output,
    (error: Error) => ({ exitCode: undefined, stdout: "", stderr: error.message }),
  );
  if (exitCode === 0) return stdout.trim();
  throw new CodexPlusError("CP_SERVICE_FAILED", `${said}: ${(stderr || stdout).trim() || `exit code ${exitCode}`}`);
}
