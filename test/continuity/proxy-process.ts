/** A proxy in a process of its own, to be killed: continuity and the test's features. Prints its address. */
import { join } from "node:path";
import { startApp } from "../../src/app.ts";
import { settingsSchema } from "../../src/config/schema.ts";
import { createLogger } from "../../src/log.ts";
import { Continuity } from "../../src/sessions/continuity/index.ts";
import { sqliteShelf } from "../../src/sessions/sqlite/continuity.ts";
import { continuity } from "../../src/stages/continuity.ts";
import { features } from "./features.ts";

const [home = "", upstream = ""] = process.argv.slice(2);
const log = createLogger("warn");
const store = new Continuity(sqliteShelf(join(home, "plus.db")), log);
const settings = settingsSchema.parse({ server: { port: 0 }, upstream, transport: "native" });
const environment = { home, codexHome: home };
const stages = [continuity(store), features(() => store).stage];
const { url } = await startApp({ ...settings, environment }, { log, stages });
process.stdout.write(`${url}\n`);
