/** Whether hooks for what only Codex knows (calls in code mode, permission requests) are really asked. */
import { NATIVE_EVENTS } from "../../hooks/native/registration.ts";
import { readCodexHooks, wantsCodexHooks } from "../codex-hooks.ts";
import { leadsTo } from "./codex-config.ts";
import type { Check } from "./finding.ts";

export const hooks: Check = async ({ config, codexConfig, url }) => {
  const name = "hooks";
  if (!wantsCodexHooks(config, process.cwd())) {
    const says =
      config.hooks.register === "never" ? "not registered in Codex, as the settings say" : "none for tool calls here";
    return { name, state: "ok", says };
  }
  const { registered, waiting } = await readCodexHooks(config);
  if (!registered && leadsTo(codexConfig.baseUrl, url)) {
    const says = "plain codex does not tell of calls inside its code mode, so hooks for tool calls are not asked there";
    return { name, state: "warn", says, cure: "codex-plus setup --hooks, or start it by codex-plus run" };
  }
  if (waiting.length === 0) return { name, state: "ok", says: "approved in Codex" };
  const many =
    waiting.length === NATIVE_EVENTS.length ? "nobody has approved them" : `not approved: ${waiting.join(", ")}`;
  const cure = "start codex and choose “Trust all and continue”, or type /hooks in it";
  return { name, state: "warn", says: `Codex leaves hooks for tool calls out: ${many}`, cure };
};
