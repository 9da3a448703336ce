import { test } from "node:test";
import { kills } from "./kills.ts";

/** `npm run soak` holds it to 200 ms; here other tests have their share of the machine. */
const WRITTEN_MS = 2000;

test("a proxy that is killed at any moment has written all that had ended before, once", () => kills(3, WRITTEN_MS));
