/** The text of the service files: pure functions, so that both systems' can be tested on either. */

export interface ServiceSpec {
  /** Absolute path of Node and its arguments. */
  readonly command: readonly string[];
  readonly variables: readonly (readonly [string, string])[];
  /** Where launchd puts the output; systemd has its journal. */
  readonly log: string;
}

/** launchd's name for the service, and the file's. */
export const LABEL = "dev.codex-plus";

/** Seconds until a stop becomes a kill: more than the proxy gives running turns (limits.stopMs). */
const STOP_SECONDS = 30;

/** A user unit. Quoting: systemd.syntax(7) and "Command lines" of systemd.service(5). */
export function systemdUnit({ command, variables }: ServiceSpec): string {
  const [program = "", ...args] = command;
  return [
    "[Unit]",
    "Description=Codex-Plus, a local proxy for the Codex CLI",
    "",
    "[Service]",
    `ExecStart=${[quoted(program), ...args.map((arg) => quoted(arg).replaceAll("$", "$$$$"))].join(" ")}`,
    ...variables.map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`),
    "Restart=on-failure",
    "RestartSec=2",
    `TimeoutStopSec=${STOP_SECONDS}`,
    "UMask=0077",
    "",
    "[Install]",
    "WantedBy=default.target",
    "",
  ].join("\n");
}

/** One word of a unit file: in quotes, with C escapes; a percent sign would start a specifier. */
function quoted(word: string): string {
  const escaped = word.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("%", "%%");
  return `"${escaped}"`;
}

/** A launch agent: launchd.plist(5). */
export function launchdPlist({ command, variables, log }: ServiceSpec): string {
  const string = (text: string) => `<string>${escapeXml(text)}</string>`;
  const pair = ([name, value]: readonly [string, string]) => `    <key>${escapeXml(name)}</key>${string(value)}`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    "<dict>",
    `  <key>Label</key>${string(LABEL)}`,
    "  <key>ProgramArguments</key>",
    "  <array>",
    ...command.map((word) => `    ${string(word)}`),
    "  </array>",
    "  <key>EnvironmentVariables</key>",
    "  <dict>",
    ...variables.map(pair),
    "  </dict>",
    "  <key>RunAtLoad</key><true/>",
    "  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>",
    `  <key>ExitTimeOut</key><integer>${STOP_SECONDS}</integer>`,
    "  <key>Umask</key><integer>63</integer>",
    `  <key>StandardOutPath</key>${string(log)}`,
    `  <key>StandardErrorPath</key>${string(log)}`,
    "</dict>",
    "</plist>",
    "",
  ].join("\n");
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };
const escapeXml = (text: string) => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
