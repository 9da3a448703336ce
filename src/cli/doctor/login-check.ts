/** Whether Codex is logged in, and for how long. */
import { join } from "node:path";
import type { Check } from "./finding.ts";

export const login: Check = ({ login, config }) => {
  const name = "login";
  if (!login) {
    const says = `no login in ${join(config.environment.codexHome, "auth.json")}; Codex may keep it in the system's keyring`;
    return { name, state: "warn", says, cure: "if Codex asks for it: codex login" };
  }
  if (!login.expires) return { name, state: "ok", says: login.kind };
  const when = login.expires.toISOString();
  if (login.expires > new Date()) return { name, state: "ok", says: `${login.kind}, until ${when}` };
  const cure = "start Codex once: it renews the login by itself; if it does not, codex login";
  return { name, state: "warn", says: `${login.kind}, ended ${when}`, cure };
};
