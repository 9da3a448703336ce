/** The proof of faithfulness: the same question through the proxy and around it, and the answers compared byte for byte. */
import { startApp } from "../../app.ts";
import { isLoopback } from "../../lib/loopback.ts";
import { createLogger } from "../../log.ts";
import { createRouter } from "../../providers/route.ts";
import { createTransport } from "../../transport/index.ts";
import { type Answer, ask } from "./ask.ts";
import { differences } from "./compare.ts";
import { type Check, type Facts, failed } from "./finding.ts";

export const canary: Check = async (facts) => {
  const name = "canary";
  try {
    const { proxied, direct } = await answers(facts);
    const found = differences(proxied, direct);
    const asked = `GET /models: ${proxied.status}, ${proxied.body.length} bytes`;
    if (found.length === 0) return { name, state: "ok", says: `${asked}, the same through the proxy and around it` };
    const cure = "if it stays so, please report it: the proxy must change nothing";
    return { name, state: "fail", says: `${asked}; through the proxy: ${found.join("; ")}`, cure };
  } catch (thrown) {
    return failed(name, thrown);
  }
};

/** Through the proxy that runs, or one started for this question alone. */
async function answers({
  config,
  url,
  health,
  login,
  codex,
}: Facts): Promise<{ proxied: Answer; direct: [Answer, Answer] }> {
  const version = codex?.version ?? "0.169.0";
  const headers = [
    ...(login ? ["authorization", `Bearer ${login.bearer}`] : []),
    ...(login?.account ? ["chatgpt-account-id", login.account] : []),
    "user-agent",
    `codex_exec/${version} (codex-plus doctor)`,
    "accept",
    "*/*",
  ];
  const path = `/models?client_version=${version}`;
  const { origin, path: upstreamPath } = createRouter(config)(path, headers);
  const log = createLogger("silent");
  const { connectMs } = config.limits;
  const around = createTransport({ name: config.transport, connectMs, log, ...config.environment });
  const local = createTransport({ name: "native", connectMs, log });
  // One that other machines reach would ask for the token.
  const running = typeof health === "object" && isLoopback(config.server.host);
  const here = { ...config.server, host: "127.0.0.1", allowRemote: false, port: 0 };
  const own = running ? undefined : await startApp({ ...config, server: here }, { log });
  try {
    const first = await ask(around, new URL(upstreamPath, origin), headers);
    const proxied = await ask(local, new URL(path, own?.url ?? url), headers);
    const second = await ask(around, new URL(upstreamPath, origin), headers);
    return { proxied, direct: [first, second] };
  } finally {
    around.close();
    local.close();
    await own?.stop();
  }
}
