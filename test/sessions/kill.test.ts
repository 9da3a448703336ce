import { test } from "node:test";
import { kills } from "./kills.ts";

test("a proxy that is killed at any moment has written all that had ended 200 ms before, once", () => kills(3));
