/** `codex app-server`, the Codex behind IDEs and the TUI: JSON-RPC over standard input and output. */
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createInterface } from "node:readline";
import type { World } from "./world.ts";

export interface Notification {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface AppServer {
  /** Calls a method. @throws Error with the server's message */
  call<Result>(method: string, params: object): Promise<Result>;
  /** All notifications so far, in order. */
  readonly notifications: readonly Notification[];
  /** The nth notification of a method, past or to come. */
  notified(method: string, nth?: number): Promise<Notification>;
}

/** Starts and initialises an app server that ends with the test. */
export async function startAppServer(world: World): Promise<AppServer> {
  const child = spawn(world.codex, ["app-server"], {
    cwd: world.cwd,
    env: world.environment,
    stdio: ["pipe", "pipe", "ignore"],
  });
  world.after(async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, "close");
  });
  const messages = new EventEmitter();
  const notifications: Notification[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const message = JSON.parse(line);
    if (message.id !== undefined) messages.emit(`answer ${message.id}`, message);
    else {
      notifications.push(message);
      messages.emit("notification", message);
    }
  });

  let calls = 0;
  const server: AppServer = {
    notifications,
    call: async (method, params) => {
      calls += 1;
      const answer = once(messages, `answer ${calls}`);
      child.stdin.write(`${JSON.stringify({ id: calls, method, params })}\n`);
      const [{ result, error }] = await answer;
      if (error) throw new Error(`${method}: ${error.message}`);
      return result;
    },
    notified: async (method, nth = 1) => {
      for (;;) {
        const found = notifications.filter((notification) => notification.method === method)[nth - 1];
        if (found) return found;
        await once(messages, "notification");
      }
    },
  };
  await server.call("initialize", { clientInfo: { name: "e2e", title: null, version: "1" }, capabilities: null });
  child.stdin.write(`${JSON.stringify({ method: "initialized" })}\n`);
  return server;
}

/** A thread of that server, in the test's folder. @returns its id */
export async function startThread(server: AppServer, world: World): Promise<string> {
  const started = await server.call<{ thread: { id: string } }>("thread/start", {
    cwd: world.cwd,
    approvalPolicy: "never",
    sandbox: "danger-full-access",
  });
  return started.thread.id;
}

/** A person's text, as turns take it. */
export function typed(text: string): object[] {
  return [{ type: "text", text, text_elements: [] }];
}

/** Starts a turn. @returns its id */
export async function startTurn(server: AppServer, threadId: string, text: string): Promise<string> {
  const started = await server.call<{ turn: { id: string } }>("turn/start", { threadId, input: typed(text) });
  return started.turn.id;
}
