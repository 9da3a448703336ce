/** The real Codex CLI in the place of the built-in client. */
import { codexCache, DEFAULT_CODEX_VERSION } from "../../testing/codex/cache.ts";
import { type FetchProgress, installCodex } from "../../testing/codex/fetch.ts";
import { runChild } from "../child.ts";
import { print } from "./print.ts";
import type { Stand } from "./stand.ts";
import { PROMPTS } from "./talk.ts";

/** The path of the real Codex, fetched first where needed. @throws CodexPlusError CP_CODEX_UNAVAILABLE */
export async function fetchedCodex(): Promise<string> {
  const clear = process.stderr.isTTY ? "\r\u001b[K" : "";
  const tell = ({ seconds, bytes }: FetchProgress) =>
    process.stderr.write(
      `\r  Fetching Codex ${DEFAULT_CODEX_VERSION}: ${Math.round(bytes / 1e6)} of about 400 MB, ${seconds} s `,
    );
  const path = await installCodex(codexCache(process.env), DEFAULT_CODEX_VERSION, clear ? tell : undefined);
  process.stderr.write(clear);
  return path;
}

/** Runs the prompts by `codex exec`, each wire once. @returns what was not as it should be, in words */
export async function codexTalk(stand: Stand, codex: string, wire: "sse" | "ws"): Promise<string[]> {
  const failures: string[] = [];
  for (const [index, prompt] of PROMPTS.entries()) {
    print.section(`codex exec "${prompt}", ${wire === "ws" ? "WebSocket" : "HTTP"}`);
    const home = stand.codexHome(wire);
    const common = ["--skip-git-repo-check", "--sandbox", "read-only", "--cd", home];
    const args = index === 0 ? [prompt] : ["resume", "--last", prompt];
    // Nothing of the person's own Codex or proxies has a part in this.
    const { PATH, HOME, TERM } = process.env;
    const code = await runChild(codex, ["exec", ...common, ...args], { PATH, HOME, TERM, CODEX_HOME: home });
    if (code !== 0) failures.push(`codex exec "${prompt}" over ${wire} ended with exit code ${code}`);
  }
  return failures;
}
