/** The rule of floors: each room imports only from floors below, and rooms of floor 2 never import each other. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";

const SRC = join(import.meta.dirname, "../src");

/** Floor by first folder, or by file name where a file stands at the top. */
const FLOORS: Readonly<Record<string, number>> = {
  "errors.ts": 0,
  "log.ts": 0,
  lib: 0,
  protocol: 1,
  "turn.ts": 1,
  "contracts.ts": 1,
  "engine.ts": 1,
  "taps.ts": 1,
  transport: 2,
  sessions: 2,
  providers: 2,

  config: 2,
  commands: 2,
  hooks: 2,
  mcp: 2,
  stages: 3,
  server: 4,
  "hooking.ts": 5,
  "serving-mcp.ts": 5,
  "features.ts": 5,
  "app.ts": 5,
  "index.ts": 5,
  cli: 6,
};
/** Beside the floors: may use 0 and 1, and only these may use it. */
const TESTING = "testing";
const MAY_USE_TESTING = (file: string): boolean => file.startsWith("cli/demo");
/** Types that a higher floor is handed: server is given what providers made. */
const ROOMS = 2;

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const source = files.filter((file) => !file.endsWith(".test.ts"));

function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), "utf8");
  const found = text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g);
  return [...found].map((match) => relative(SRC, join(SRC, dirname(file), match[1] as string)));
}

function roomOf(file: string): string {
  return file.split("/")[0] as string;
}

test("every file stands on a floor", () => {
  const unknown = source.filter((file) => FLOORS[roomOf(file)] === undefined && roomOf(file) !== TESTING);
  assert.deepEqual(unknown, [], "add the room to FLOORS and to docs/architecture.md");
});

test("imports point downwards only", () => {
  const wrong: string[] = [];
  for (const file of source) {
    const room = roomOf(file);
    for (const target of importsOf(file)) {
      if (target.startsWith("..")) continue;
      const other = roomOf(target);
      if (other === room) continue;
      if (room === TESTING) {
        if ((FLOORS[other] ?? 9) > 1) wrong.push(`${file} -> ${target}: testing/ may use floors 0 and 1 only`);
      } else if (other === TESTING) {
        if (!MAY_USE_TESTING(file)) wrong.push(`${file} -> ${target}: only the demo may use testing/`);
      } else {
        const [from, to] = [FLOORS[room] ?? 9, FLOORS[other] ?? 9];
        if (from === ROOMS && to === ROOMS)
          wrong.push(`${file} -> ${target}: rooms meet in stages/ only; pass it as a parameter`);
        else if (to > from)
          wrong.push(`${file} -> ${target}: floor ${from} may not use floor ${to}; hand it down as a contract`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test("no import goes round in a circle", () => {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
      return;
    }
    if (done.has(file)) return;
    for (const target of importsOf(file)) if (source.includes(target)) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of source) visit(file, []);
  assert.deepEqual(circles, []);
});

test("only their own rooms read the environment, spawn processes, open sockets or print", () => {
  const rules: readonly {
    readonly what: string;
    readonly pattern: RegExp;
    readonly allowed: (file: string) => boolean;
  }[] = [
    {
      what: "process.env belongs to config/",
      pattern: /process\.env/,
      allowed: (f) => /^(config|cli|testing)\//.test(f),
    },
    { what: "homedir belongs to config/", pattern: /\bhomedir\b/, allowed: (f) => /^(config|testing)\//.test(f) },
    {
      what: "child_process belongs to lib/spawn.ts, cli/ and testing/",
      pattern: /node:child_process/,
      allowed: (f) => /^(cli\/|testing\/|lib\/spawn\.ts$)/.test(f),
    },
    {
      what: "outgoing connections belong to transport/",
      pattern: /\bfetch\(|net\.connect\(|tls\.connect\(/,
      allowed: (f) => /^(transport|cli|testing)\//.test(f),
    },
    { what: "console belongs to cli/", pattern: /console\.\w+\(/, allowed: (f) => f.startsWith("cli/") },
  ];
  const wrong: string[] = [];
  for (const file of source) {
    const text = readFileSync(join(SRC, file), "utf8");
    for (const { what, pattern, allowed } of rules)
      if (!allowed(file) && pattern.test(text)) wrong.push(`${file}: ${what}`);
  }
  assert.deepEqual(wrong, []);
});

test("no file grows past 500 lines", () => {
  const long = files.filter((file) => readFileSync(join(SRC, file), "utf8").split("\n").length > 500);
  assert.deepEqual(long, [], "one idea a file: split it");
});
