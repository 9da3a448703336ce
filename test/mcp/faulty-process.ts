/**
 * An MCP server over stdio that does one thing wrong, or does it when it is told to. Without the SDK, which would not let
 * it, and which takes a while to load. The first argument says how it starts, the tool's name what a call does.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    readonly name?: string;
    readonly cursor?: string;
    readonly requestId?: number;
    readonly arguments?: Record<string, unknown>;
    readonly uri?: string;
  };
  readonly result?: unknown;
  readonly error?: unknown;
}

const MIB = 1024 ** 2;
const [, , how = "well"] = process.argv;
const gathered: (() => void)[] = [];
const names = [
  "together",
  "pid",
  "die",
  "wait",
  "deaf",
  "flood",
  "shout",
  "huge",
  "nonsense",
  "grow",
  "ask",
  "log",
  "child",
  "refuse",
  "env",
];
let asked = 0;
const questions = new Map<number, (answer: unknown) => void>();

const send = (message: object) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const tool = (name: string) => ({ name, inputSchema: { type: "object" } });
const text = (value: string) => ({ content: [{ type: "text", text: value }] });

function ask(method: string, params: object): Promise<unknown> {
  const id = ++asked;
  send({ id, method, params });
  return new Promise((resolve) => questions.set(id, resolve));
}

/** Undefined: it does not answer. */
async function call(name: string, input: Record<string, unknown>): Promise<object | undefined> {
  switch (name) {
    case "die":
      process.kill(process.pid, "SIGKILL");
      return undefined;
    case "wait":
      return undefined;
    case "deaf": {
      process.stdin.pause();
      const question = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "x".repeat(1000) })}\n`;
      const more = () => void process.stdout.write(question.repeat(1000), more);
      more();
      return undefined;
    }
    case "flood":
      for (let mib = 0; mib < 4; mib++) process.stdout.write("no message\n".repeat(MIB / 11));
      return text("flooded");
    case "shout":
      for (let mib = 0; mib < 8; mib++) process.stderr.write("!".repeat(MIB - 1).concat("\n"));
      return text("shouted");
    case "huge":
      return text("0123456789".repeat(200_000));
    case "nonsense":
      return { content: "this is no content" };
    case "grow":
      names.push(String(input.name));
      send({ method: "notifications/tools/list_changed" });
      return text("grown");
    case "ask":
      return text(JSON.stringify(await ask(String(input.method), input.params as object)));
    case "log":
      send({ method: "notifications/message", params: { level: "info", data: "logged" } });
      return text("told");
    case "child": {
      const child = spawn("sleep", ["600"], { stdio: "ignore" });
      return text(String(child.pid));
    }
    case "together": {
      const all = new Promise<void>((resolve) => gathered.push(resolve));
      if (gathered.length === input.count) for (const go of gathered.splice(0)) go();
      await all;
      return text("together");
    }
    case "env":
      return text(JSON.stringify({ cwd: process.cwd(), ...process.env }));
    default:
      return text(String(process.pid));
  }
}

async function answer({ id, method, params = {}, result, error }: Message): Promise<void> {
  if (method === undefined) return questions.get(id ?? 0)?.(result ?? error);
  switch (method) {
    case "initialize":
      send({
        id,
        result: {
          protocolVersion: "2025-06-18",
          capabilities: {
            tools: { listChanged: true },
            ...(how === "resources" && { resources: { subscribe: true } }),
          },
          serverInfo: { name: "faulty", version: "1" },
        },
      });
      return;
    case "notifications/cancelled":
      process.stderr.write(`cancelled ${params.requestId}\n`);
      return;
    case "tools/list":
      if (how === "pages") {
        const page = Number(params.cursor ?? 0);
        send({ id, result: { tools: [tool(`page-${page}`)], nextCursor: String(page + 1) } });
      } else if (how === "unlisted") {
        // It never says what it has.
      } else send({ id, result: { tools: [...names.map(tool), { nameless: true }] } });
      return;
    case "tools/call": {
      if (params.name === "refuse") return void send({ id, error: { code: -32_603, message: "not today" } });
      const done = await call(params.name ?? "", params.arguments ?? {});
      if (done !== undefined) send({ id, result: done });
      return;
    }
    case "resources/subscribe":
      process.stderr.write(`subscribed ${params.uri}\n`);
      send({ id, result: {} });
      send({ method: "notifications/resources/updated", params: { uri: params.uri } });
      return;
    case "resources/unsubscribe":
      process.stderr.write(`unsubscribed ${params.uri}\n`);
      send({ id, result: {} });
      return;
    default:
      if (id !== undefined) send({ id, error: { code: -32_601, message: "unknown method" } });
  }
}

if (how === "crash") {
  process.stderr.write("no such database\n");
  process.exit(3);
}
if (how === "greeting") process.stdout.write('Welcome!\n{"this": "is no message"}\n{nor this\n\n');
if (how === "endless") {
  const more = () => process.stdout.write("y\n".repeat(MIB), more);
  more();
}
if (how === "stubborn") {
  process.on("SIGTERM", () => process.stderr.write("no\n"));
  setInterval(() => undefined, 1000);
}
if (how === "hang" || how === "endless") setInterval(() => undefined, 1000);
else createInterface({ input: process.stdin }).on("line", (line) => void answer(JSON.parse(line) as Message));
