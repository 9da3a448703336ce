/** A CODEX_HOME in which the real Codex CLI talks to nobody but us. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MOCK_ACCOUNT } from "../mock/account.ts";

export interface CodexHome {
  /** The model base URL: what comes before `/responses`. */
  readonly modelUrl: string;
  /** Where account calls go: the base of `/wham/…`. */
  readonly accountUrl: string;
  readonly credential: "chatgpt" | "apikey";
  /** `ws` is the built-in provider; `sse` a provider without WebSockets that Codex treats like the built-in one. */
  readonly wire: "sse" | "ws";
  /** Further top-level lines of `config.toml`. */
  readonly config?: string;
}

/** Looks like an OpenAI key and is none. */
export const DEMO_KEY = "sk-demo-0000000000000000000000000000000000000000";

/** Writes `config.toml` and `auth.json` into a folder. */
export async function writeCodexHome(folder: string, home: CodexHome): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, "config.toml"), configToml(home), { mode: 0o600 });
  await writeFile(join(folder, "auth.json"), JSON.stringify(authJson(home.credential)), { mode: 0o600 });
}

function configToml({ modelUrl, accountUrl, wire, config = "" }: CodexHome): string {
  const provider =
    wire === "ws"
      ? `openai_base_url = "${modelUrl}"`
      : `model_provider = "sse"

[model_providers.sse]
# With this name Codex behaves as with its own provider: labels, zstd, remote compaction.
name = "OpenAI"
base_url = "${modelUrl}"
wire_api = "responses"
requires_openai_auth = true
supports_websockets = false`;
  return `${config}
chatgpt_base_url = "${accountUrl}"
check_for_update_on_startup = false
${provider}
`;
}

function authJson(credential: CodexHome["credential"]): object {
  if (credential === "apikey") return { auth_mode: "apikey", OPENAI_API_KEY: DEMO_KEY };
  const token = demoToken();
  return {
    auth_mode: "chatgpt",
    OPENAI_API_KEY: null,
    tokens: { id_token: token, access_token: token, refresh_token: "demo-refresh", account_id: MOCK_ACCOUNT },
    // Recent enough that Codex does not want to refresh it, for the next thousand years.
    last_refresh: "2999-01-01T00:00:00Z",
  };
}

/** A well-formed ChatGPT token that nobody signed. */
export function demoToken(): string {
  const claims = {
    exp: Date.UTC(2999, 0) / 1000,
    email: "demo@example.invalid",
    "https://api.openai.com/auth": {
      chatgpt_account_id: MOCK_ACCOUNT,
      chatgpt_user_id: "user-demo",
      chatgpt_plan_type: "plus",
    },
  };
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  return `${encode({ alg: "none", typ: "JWT" })}.${encode(claims)}.${Buffer.from("unsigned").toString("base64url")}`;
}
