/** Where our files lie. Every file name of CODEX_PLUS_HOME stands here and nowhere else. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";

export interface Paths {
  /** CODEX_PLUS_HOME, default `~/.codexplus`. Created 0700 by whoever writes into it first. */
  readonly home: string;
  /** The user's settings. */
  readonly config: string;
  /** What the control routes `/_plus/**` ask for. */
  readonly token: string;
  readonly logs: string;
  /** How runs of hooks went, a line each. */
  readonly hookLog: string;
  /** What Node keeps of compiled code, so that the next start need not compile it. */
  readonly compiled: string;
  /** What `codex-plus setup` changed, so that it can be undone. */
  readonly setup: string;
  /** The program that Codex's own hooks run. Its path is what a person approves in Codex: it never changes. */
  readonly hookProgram: string;
  /** Where that program finds the proxies that run: a file for each. */
  readonly doors: string;
  /** Files that hooks are given, and outputs of theirs that are too long for the model. */
  readonly hookFiles: string;
  /** Conversations in Claude Code's form, for hooks to read. */
  readonly transcripts: string;
  /** The project files that may run code, by fingerprint. */
  readonly trust: string;
  /** What lets a person in at remote MCP servers. */
  readonly mcpLogins: string;
  /** What MCP servers have said they offer. */
  readonly mcpOffers: string;
  /** What is kept of conversations. */
  readonly database: string;
  /** Where saved and exported conversations go that were given no name: one file each, named by its id. */
  readonly sessions: string;
}

/** The files of a home folder. */
export function pathsOf(home: string): Paths {
  return {
    home,
    config: join(home, "config.json"),
    token: join(home, "token"),
    logs: join(home, "logs"),
    hookLog: join(home, "logs", "hooks.jsonl"),
    compiled: join(home, "cache"),
    setup: join(home, "setup.json"),
    hookProgram: join(home, "bin", process.platform === "win32" ? "hook.cmd" : "hook"),
    doors: join(home, "run"),
    hookFiles: join(home, "hook-files"),
    transcripts: join(home, "transcripts"),
    trust: join(home, "trust.json"),
    mcpLogins: join(home, "mcp-logins.json"),
    mcpOffers: join(home, "mcp-offers.json"),
    database: join(home, "plus.db"),
    sessions: join(home, "sessions"),
  };
}

/** Both home folders as absolute paths; a relative one counts from `cwd`. */
export function homes(environment: NodeJS.ProcessEnv, cwd: string): { home: string; codexHome: string } {
  return {
    home: resolve(cwd, environment.CODEX_PLUS_HOME || join(homedir(), ".codexplus")),
    codexHome: resolve(cwd, environment.CODEX_HOME || join(homedir(), ".codex")),
  };
}

/** Whose command files are read: ours, Claude Code's, Codex's; and the person's own folder. */
export function commandHomes(
  { home, codexHome, user = homedir() }: { readonly home: string; readonly codexHome: string; readonly user?: string },
  environment: NodeJS.ProcessEnv = process.env,
): { plus: string; claude: string; codex: string; user: string } {
  return { plus: home, claude: environment.CLAUDE_CONFIG_DIR || join(user, ".claude"), codex: codexHome, user };
}

/** Where this system keeps a person's background services. */
export function serviceFolder(environment: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  if (platform === "darwin") return join(homedir(), "Library", "LaunchAgents");
  return join(environment.XDG_CONFIG_HOME || join(homedir(), ".config"), "systemd", "user");
}
