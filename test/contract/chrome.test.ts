import { createChromeTransport } from "../../src/transport/chrome/chrome.ts";
import { transportSuite } from "./transport.ts";

// What impit cannot do: keep the details of the wire (it hands over parsed fields and decoded bodies), and end a request
// that has no response yet.
const departures = { faithful: false, abortsEarly: false };

transportSuite("chrome over plain TCP", () => createChromeTransport({}), departures);
