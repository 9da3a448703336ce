import { createHttp1Transport } from "../../src/transport/http1/index.ts";
import { plainConnector } from "./plain.ts";
import { transportSuite } from "./transport.ts";

transportSuite("http1 over plain TCP", () => createHttp1Transport({ name: "http1", connector: plainConnector }));
