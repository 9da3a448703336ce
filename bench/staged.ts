/**
 * Codex-Plus with one stage or none, so that the cost of each mode can be seen: `node staged.ts raw|request|events ARGS…`, where
 * ARGS are the address flags of `codex-plus serve`.
 */
import { parseArgs } from "node:util";
import { loadConfig, type Stage, startApp } from "../src/index.ts";

/** Reads every event and passes it on. */
const events: Stage = {
  name: "bench-events",
  needs: () => "events",
  async *frames(_turn, source) {
    for await (const frame of source) {
      if (frame.type === "") continue;
      yield frame;
    }
  },
};

/** Rewrites the last item of the input, as an expanded prompt does. */
const request: Stage = {
  name: "bench-request",
  needs: () => "request",
  request(turn) {
    const { input } = turn.request.json();
    if (!Array.isArray(input)) return undefined;
    turn.request.edit((draft) => draft.replaceItem(input.length - 1, { ...input.at(-1), content: "rewritten" }));
    return undefined;
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { port: { type: "string" }, upstream: { type: "string" } },
});
const { config } = loadConfig({ flags: values });
const MODES: Readonly<Record<string, readonly Stage[]>> = { raw: [], request: [request], events: [events] };
const app = await startApp(config, { stages: MODES[positionals[0] ?? "raw"] ?? [] });
process.once("SIGTERM", () => void app.stop());
