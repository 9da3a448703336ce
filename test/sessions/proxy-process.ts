/** The product's own proxy in a process of its own, to be killed or starved: `node proxy-process.ts HOME UPSTREAM SETTINGS`. */
import { join } from "node:path";
import { startApp } from "../../src/app.ts";
import { settingsSchema } from "../../src/config/schema.ts";
import { createLogger } from "../../src/log.ts";

const [home = "", upstream = "", settings = "{}"] = process.argv.slice(2);
const app = await startApp(
  {
    ...settingsSchema.parse({ server: { port: 0 }, upstream, limits: { stopMs: 0 }, ...JSON.parse(settings) }),
    environment: { home, codexHome: join(home, "codex"), user: home },
  },
  { log: createLogger("info") },
);
process.once("SIGTERM", () => void app.stop());
process.stdout.write(`${app.url}\n`);
