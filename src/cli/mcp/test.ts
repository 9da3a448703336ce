/** `codex-plus mcp test NAME`: starts a server by itself, and says step by step what happens. */
import type { Command, OptionValues } from "commander";
import { pathsOf } from "../../config/paths.ts";
import { elapsed } from "../../lib/amounts.ts";
import { createLogger } from "../../log.ts";
import type { Server } from "../../mcp/mcp.ts";
import { LoginStore } from "../../mcp/oauth/store.ts";
import { type Failed, type Step, tryServer } from "../../mcp/trial.ts";
import { serverVariables } from "../../serving-mcp.ts";
import { createFetch } from "../../transport/fetch.ts";
import { EXIT, Exit } from "../exit.ts";
import { verb } from "../flags.ts";
import { oneLine, wrapped } from "../terminal/text.ts";
import { findUsable } from "./find.ts";
import { writtenOf } from "./list.ts";
import { openServers, type ServerFiles } from "./open.ts";
import { fileOf, wordOf } from "./scope.ts";
import { masked, what } from "./shown.ts";

/** Width of the words in front. */
const MARGIN = 12;

export function testCommand(): Command {
  return verb("test", "start a server by itself, and say step by step what happens", ["mcp test memory"])
    .argument("<name>")
    .option("--json", "as JSON")
    .action(test);
}

async function test(name: string, flags: OptionValues): Promise<void> {
  const files = openServers();
  const server = await findUsable(files, name);
  const { environment, mcp } = files.config;
  const paths = pathsOf(environment.home);
  const steps: Step[] = [];
  if (!flags.json) for (const line of before(files, server)) console.log(line);
  for await (const step of tryServer(server, {
    store: new LoginStore(paths.mcpLogins),
    env: serverVariables(),
    fetch: createFetch(environment),
    startMs: mcp.startMs,
    logs: paths.logs,
    log: createLogger("silent"),
  })) {
    steps.push(step);
    if (!flags.json) for (const line of told(step, server)) console.log(line);
  }
  const failed = steps.some(({ step }) => step === "failed");
  if (flags.json) console.log(JSON.stringify({ ...known(files, server), works: !failed, steps }, null, 2));
  if (failed) throw new Exit(EXIT.failed);
}

/** As it is written down: what stands in for a variable may be secret. */
function writtenDown(files: ServerFiles, server: Server): Readonly<Record<string, unknown>> {
  return writtenOf(files).get(server.name) ?? {};
}

function known(files: ServerFiles, server: Server): object {
  const { name, scope, file, missing } = server;
  return { name, scope: wordOf(scope), file, definition: masked(writtenDown(files, server)), missing };
}

function before(files: ServerFiles, server: Server): string[] {
  const written = writtenDown(files, server);
  const { type, env, headers, headersHelper } = server.config;
  const names = (label: string, values: object): string[] =>
    Object.keys(values).length === 0 ? [] : line(label, Object.keys(values).join(", "));
  return [
    oneLine(`${server.name} (${wordOf(server.scope)}, ${fileOf(files, server.file)})`),
    ...line(type === "stdio" ? "runs" : "asks", what(written)),
    ...(type === "stdio" ? line("in", server.project) : []),
    ...names("variables", env),
    ...names("headers", headers),
    ...(headersHelper === undefined ? [] : line("", "and those that its headersHelper prints")),
    ...(server.missing.length === 0 ? [] : line("not set", server.missing.join(", "))),
  ];
}

function told(step: Step, server: Server): string[] {
  switch (step.step) {
    case "login":
      return line("login", step.kept ? "there is one" : "there is none");
    case "greeted":
      return [
        ...line("started", `in ${elapsed(step.ms)}${step.pid === undefined ? "" : `, process ${step.pid}`}`),
        ...line("is", `${step.server}, MCP ${step.protocol}`),
        ...line("can", step.capabilities.join(", ") || "nothing"),
      ];
    case "offers": {
      const { tools, prompts, resources, templates } = step.offer;
      return [
        ...named("tool", tools),
        ...named("prompt", prompts),
        ...named("resource", resources),
        ...named("template", templates),
        ...line("", `It works. It took ${elapsed(step.ms)} to say what it offers.`),
      ];
    }
    case "failed":
      return failure(step, server);
  }
}

function named(one: string, all: readonly { readonly name: string }[]): string[] {
  return all.length === 0 ? [] : line(`${one}s`, `${all.length}: ${all.map(({ name }) => name).join(", ")}`);
}

function failure({ code, why, ended, stderr, ms }: Failed, server: Server): string[] {
  return [
    ...line("failed", `${why} (after ${elapsed(ms)})`),
    ...(ended === undefined || why.includes(ended) ? [] : line("", ended)),
    ...stderr.flatMap((text, index) => line(index === 0 ? "it said" : "", text)),
    ...(code === "CP_MCP_LOGIN" ? line("to do", `codex-plus mcp login ${server.name}`) : []),
  ];
}

function line(label: string, text: string): string[] {
  const lines = wrapped(oneLine(text), " ".repeat(MARGIN));
  return lines.map((each, index) => (index === 0 ? `  ${label}`.padEnd(MARGIN) + each.slice(MARGIN) : each));
}
