/** Whether the hooks of this folder are run as their files say. */
import { createHooks } from "../../hooking.ts";
import { count } from "../../lib/amounts.ts";
import { createLogger } from "../../log.ts";
import { placeOf, trustLine } from "../hooks/list.ts";
import type { Check } from "./finding.ts";

/** A guard that is skipped is a failure: somebody relies on it. */
export const hookFiles: Check = async ({ config }) => {
  const name = "hook files";
  const folder = process.cwd();
  const { handlers, problems, untrusted } = await createHooks(config, createLogger("silent")).set(folder);
  const told = (some: typeof problems): string =>
    some.map(({ file, what }) => `${placeOf(file, folder)}: ${what}`).join("; ");
  const guards = problems.filter((problem) => problem.guards);
  if (guards.length > 0) {
    const says = `what guards tool calls is left out, so they are NOT guarded: ${told(guards)}`;
    return { name, state: "fail", says, cure: "write it as a command hook; codex-plus hooks test PreToolUse tries it" };
  }
  if (untrusted.length > 0) {
    const files = untrusted.map(({ file, changed, handlers: own }) => {
      const why = changed ? "changed since you trusted it" : "not trusted";
      return `${placeOf(file, folder)} (${count(own.length, "hook")}, ${why})`;
    });
    return { name, state: "warn", says: `not run: ${files.join(", ")}`, cure: `read them, then ${trustLine(folder)}` };
  }
  if (problems.length > 0)
    return { name, state: "warn", says: `left out: ${told(problems)}`, cure: "codex-plus hooks" };
  return {
    name,
    state: "ok",
    says: handlers.length === 0 ? "no hooks for this folder" : `${count(handlers.length, "hook")} for this folder`,
  };
};
