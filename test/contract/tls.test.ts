import { readFileSync } from "node:fs";
import { createLogger } from "../../src/log.ts";
import { createTransport, type TransportOptions } from "../../src/transport/index.ts";
import { CA_FILE, fixture } from "../tls/server.ts";
import { transportSuite } from "./transport.ts";

const https = {
  key: readFileSync(fixture("server.key"), "utf8"),
  cert: readFileSync(fixture("server.pem"), "utf8"),
  host: "localhost",
};
const make = (name: TransportOptions["name"]) => () =>
  createTransport({ name, connectMs: 10_000, caFile: CA_FILE, log: createLogger("silent") });

for (const name of ["codex", "native", "auto"] as const) {
  transportSuite(`${name} over TLS`, make(name), { https });
}
transportSuite("auto over plain TCP", make("auto"));
