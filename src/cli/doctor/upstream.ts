/** Whether the upstream can be reached at all, the way the proxy would. */
import { createLogger } from "../../log.ts";
import { header } from "../../protocol/headers.ts";
import { createTransport } from "../../transport/index.ts";
import { ask } from "./ask.ts";
import { type Check, failed } from "./finding.ts";

export const upstream: Check = async ({ config }) => {
  const name = "upstream";
  const url = config.upstream ?? config.upstreams.chatgpt;
  const { connectMs } = config.limits;
  try {
    const log = createLogger("silent");
    const transport = createTransport({ name: config.transport, connectMs, log, ...config.environment });
    try {
      const { status, headers } = await ask(transport, new URL(url), ["user-agent", "codex-plus doctor"], "HEAD");
      if (header(headers, "cf-mitigated") !== undefined) {
        const cure = "try --transport chrome, or another network";
        return { name, state: "warn", says: `${url} challenges this machine (${status})`, cure };
      }
      return { name, state: "ok", says: `${url} answers (${status}) over transport ${config.transport}` };
    } finally {
      transport.close();
    }
  } catch (thrown) {
    return failed(name, thrown);
  }
};
