import { createChromeTransport } from "../../src/transport/chrome/chrome.ts";
import { transportSuite } from "./transport.ts";

// What impit cannot do: keep the details of the wire (it hands over parsed fields and decoded bodies), and close the
// upstream connection of an aborted request for certain (it does as a rule; sometimes only the garbage collector does).
const departures = { faithful: false, abortsAtOnce: false };

transportSuite("chrome over plain TCP", () => createChromeTransport({}), departures);
