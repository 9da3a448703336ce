/** The conformance suite's server as a program: `node suite-process.ts`. */
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { suiteServer } from "./suite-server.ts";

await suiteServer().connect(new StdioServerTransport());
