/**
 * What Codex's hooks run where the program in CODEX_PLUS_HOME cannot ask the proxy by itself:
 * `node hook.js HOME allow|deny` hands standard input to the proxy and prints its answer. Without a proxy it says so, once
 * a session, and lets the call go on or denies it. A process of its own at every call: it loads nothing that it can do without.
 */
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { DEFAULT_DOOR, DOOR_VARIABLE, TOLD } from "../config/door.ts";
import { pathsOf } from "../config/paths.ts";

const DOWN = "Codex-Plus is not running, so your hooks were not asked. Start it: codex-plus serve";

const [home = "", whenDown = "allow"] = process.argv.slice(2);
const folder = pathsOf(home).doors;
const body = await text(process.stdin);
const answer = await ask(body).catch(() => withoutProxy(body));
process.stdout.write(answer);

/** @throws Error when no proxy answers */
async function ask(body: string): Promise<string> {
  const door = readFileSync(join(folder, process.env[DOOR_VARIABLE] || DEFAULT_DOOR), "utf8");
  const [host, port, token] = door.trim().split(" ");
  return new Promise((resolve, reject) => {
    const headers = { "x-codex-plus-token": token, "content-type": "application/json" };
    const call = request({ host, port, path: "/_plus/hook", method: "POST", headers, agent: false }, (response) => {
      if (response.statusCode === 200) resolve(text(response));
      else {
        response.destroy();
        reject(new Error(`the proxy answered ${response.statusCode}`));
      }
    });
    call.on("error", reject);
    call.end(body);
  });
}

function withoutProxy(body: string): string {
  const { hook_event_name: event = "", session_id: session = "" } = told(body);
  const said = firstTime(session) ? { systemMessage: DOWN } : {};
  return JSON.stringify({ ...said, ...(whenDown === "deny" && denial(event)) });
}

function told(body: string): { readonly hook_event_name?: string; readonly session_id?: string } {
  try {
    return JSON.parse(body);
  } catch {
    return {};
  }
}

function denial(event: string): object {
  const reason = "Codex-Plus is not running, and its settings deny tool calls then (hooks.whenDown)";
  const said = (fields: object) => ({ hookSpecificOutput: { hookEventName: event, ...fields } });
  if (event === "PreToolUse") return said({ permissionDecision: "deny", permissionDecisionReason: reason });
  if (event === "PermissionRequest") return said({ decision: { behavior: "deny", message: reason } });
  return {};
}

/** True the first time that a session hears of it. */
function firstTime(session: string): boolean {
  const file = join(folder, TOLD);
  try {
    if (readFileSync(file, "utf8").split("\n").includes(session)) return false;
  } catch {
    // Nobody was told yet.
  }
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    appendFileSync(file, `${session}\n`, { mode: 0o600 });
  } catch {
    // Then it is told at every call.
  }
  return true;
}
