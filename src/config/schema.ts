/** Every setting, its default and its limits. The only list of them; `load.ts` fills it from files, environment, flags. */
import { z } from "zod";

/** An upstream's address is shown in answers and logs, and would not be used to log in: one with a login is refused. */
const url = z
  .url({ protocol: /^https?$/, error: "must be an http:// or https:// address" })
  .refine((text) => !withLogin(text), "must not hold a login (user:password@)");
const bytes = z
  .int()
  .min(1024)
  .max(1024 ** 3);

/** What a timer can count. */
export const LONGEST_MS = 2 ** 31 - 1;

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;
export const TRANSPORTS = ["auto", "codex", "native", "chrome"] as const;

function withLogin(text: string): boolean {
  const address = URL.parse(text);
  return address !== null && (address.username !== "" || address.password !== "");
}

/** What `config.json` may hold. Unknown keys are an error that names them: a typo must not pass silently. */
export const settingsSchema = z.strictObject({
  server: z
    .strictObject({
      port: z.int().min(0).max(65_535).default(3000),
      host: z.string().min(1).default("127.0.0.1"),
      /** Further names that a Host header may carry, beside loopback's own (a guard against DNS rebinding). */
      hosts: z.array(z.string().min(1)).default([]),
      /** Must be true before `host` may be anything but loopback; every route then asks for the token. */
      allowRemote: z.boolean().default(false),
    })
    .prefault({}),
  /** Takes the place of all model endpoints, whatever the credential. Unset: by route and credential, as below. */
  upstream: url.optional(),
  upstreams: z
    .strictObject({
      /** Where `/backend-api/**` and ChatGPT logins go (origin only). */
      chatgpt: url.default("https://chatgpt.com"),
      /** Where `/v1/**` and `sk-` keys go (origin only). */
      openai: url.default("https://api.openai.com"),
    })
    .prefault({}),
  residency: z
    .strictObject({
      /** Ask the accounts check for a workspace's own backend, as Codex does when it is not pointed at a proxy. */
      enabled: z.boolean().default(true),
      /** Hosts (and their subdomains) that the accounts check may send a workspace to. */
      hosts: z.array(z.string().min(1)).default(["chatgpt.com", "openai.com"]),
    })
    .prefault({}),
  transport: z.enum(TRANSPORTS).default("auto"),
  log: z
    .strictObject({
      level: z.enum(LOG_LEVELS).default("info"),
      /** A file instead of standard error. */
      file: z.string().min(1).optional(),
    })
    .prefault({}),
  limits: z
    .strictObject({
      /** A request body that a stage must hold in memory, after decoding. */
      requestBytes: bytes.default(64 * 1024 ** 2),
      /** One WebSocket message, after inflation. Codex's own limit is 64 MiB. */
      messageBytes: bytes.default(64 * 1024 ** 2),
      /** Request line and header fields together. */
      headerBytes: z
        .int()
        .min(8192)
        .max(1024 ** 2)
        .default(128 * 1024),
      /** Until a request's head must have arrived, in ms. Never touches bodies or streams. */
      headMs: z.int().min(100).max(LONGEST_MS).default(10_000),
      /** Until the upstream must have accepted a connection (TCP, tunnel and TLS together), in ms. */
      connectMs: z.int().min(100).max(LONGEST_MS).default(15_000),
      /** What running turns get when the proxy stops, in ms. */
      stopMs: z.int().min(0).max(LONGEST_MS).default(10_000),
      /** Silence of ours (a hook, an approval) after which a keep-alive event is sent, in ms. */
      keepaliveMs: z.int().min(10).max(LONGEST_MS).default(30_000),
    })
    .prefault({}),
  commands: z
    .strictObject({
      /** Names of commands that may run, `*` for any characters. Unset: all. */
      allow: z.array(z.string().min(1)).optional(),
      /** Names of commands that never run; wins over `allow`. */
      deny: z.array(z.string().min(1)).default([]),
      /** Old command files count arguments from $1; Claude Code counts from $0. */
      positional: z.enum(["zero-based", "one-based"]).default("zero-based"),
      /** Rules such as `Bash(git log:*)` for shell in all command files, beside their own `allowed-tools`. */
      shellAllow: z.array(z.string().min(1)).default([]),
      shellDeny: z.array(z.string().min(1)).default([]),
      /** "raw" puts typed arguments into shell unquoted, as Claude Code does: what is typed can then run. */
      shellArguments: z.enum(["quoted", "raw"]).default("quoted"),
      /** "quoted": `"two words"` is one argument of an MCP server's prompt; Claude Code cuts at white space alone. */
      promptArguments: z.enum(["plain", "quoted"]).default("plain"),
      /** For one shell block, module, executable or prompt of a server, in ms. */
      timeoutMs: z.int().min(100).max(LONGEST_MS).default(120_000),
      /** The largest file that `@file` attaches. */
      attachBytes: bytes.default(128 * 1024),
      /** Folders outside the project whose files `@file` may attach. */
      attachFrom: z.array(z.string().min(1)).default([]),
    })
    .prefault({}),
  sessions: z
    .strictObject({
      /** Keep what people said and got, so that it can be found, exported and resumed. Off: nothing is looked at. */
      record: z.boolean().default(true),
      /** Requests and answers that may wait to be written; beyond it only the bare facts of a turn are kept. */
      queueBytes: bytes.default(64 * 1024 ** 2),
      /** The largest picture that is kept; of a larger one only that it was there. */
      blobBytes: bytes.default(20 * 1024 ** 2),
      /** Replace what looks like a secret in exports. What is kept is never masked: it could not be found then. */
      mask: z.boolean().default(true),
    })
    .prefault({}),
  hooks: z
    .strictObject({
      /** Whether `run` and `setup` tell Codex's own hooks of us: where there are hooks to run, in any case, or not. */
      register: z.enum(["auto", "always", "never"]).default("auto"),
      /** What becomes of a tool call that should be asked about while no proxy runs. */
      whenDown: z.enum(["allow", "deny"]).default("allow"),
    })
    .prefault({}),
  mcp: z
    .strictObject({
      /** Off: no server is ever started, and no route of ours offers tools. */
      enabled: z.boolean().default(true),
      /** Whether `run` and `setup` register the gateway with Codex: where a project has servers, in any case, or not. */
      register: z.enum(["auto", "always", "never"]).default("auto"),
      /**
       * Who gets tools put into their requests and their calls made here: those that ask for it by the header
       * `x-codex-plus-mcp: inline`, all clients but Codex, or nobody.
       */
      inline: z.enum(["asked", "clients", "never"]).default("asked"),
      /** Names of servers that are never started, `*` for any characters. */
      deny: z.array(z.string().min(1)).default([]),
      /** Until a server must have started and answered, in ms. */
      startMs: z.int().min(100).max(LONGEST_MS).default(30_000),
      /** Until a tool must have answered, in ms, where its server's `timeout` says nothing else. */
      callMs: z.int().min(1000).max(LONGEST_MS).default(600_000),
      /** What of a tool's result reaches the model, in tokens. */
      outputTokens: z.int().min(100).default(25_000),
      /** A server that nobody has used for so long is stopped, in ms; it starts again when it is wanted. */
      idleMs: z
        .int()
        .min(1000)
        .max(LONGEST_MS)
        .default(4 * 3_600_000),
      /** The largest resource that `@server:uri` attaches. */
      resourceBytes: bytes.default(128 * 1024),
      /** Trips upstream within one turn of an inline client. */
      legs: z.int().min(1).max(128).default(16),
      /** What the tools of one such turn may take in all, in ms. */
      turnMs: z.int().min(1000).max(LONGEST_MS).default(1_800_000),
    })
    .prefault({}),
});

export type Settings = z.output<typeof settingsSchema>;

/** Where our files and Codex's lie, and what the environment says about the way out. Read once, at start. */
export interface Environment {
  /** CODEX_PLUS_HOME, default `~/.codexplus`. */
  readonly home: string;
  /** CODEX_HOME, default `~/.codex`. */
  readonly codexHome: string;
  /** The person's home folder, whose command files are read; the system's own by default. */
  readonly user?: string;
  /** Where an administrator's settings of Claude Code lie; the system's own place by default. */
  readonly managed?: string;
  /** HTTPS_PROXY, HTTP_PROXY, ALL_PROXY (either case), as they stand. */
  readonly httpsProxy?: string;
  readonly httpProxy?: string;
  /** NO_PROXY (either case): comma list. */
  readonly noProxy?: string;
  /** PEM file of further authorities: CODEX_CA_CERTIFICATE, else SSL_CERT_FILE. NODE_EXTRA_CA_CERTS is Node's own. */
  readonly caFile?: string;
}

/** Everything the rooms are built from. */
export interface Config extends Settings {
  readonly environment: Environment;
}
