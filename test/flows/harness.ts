/** The whole proxy in this process, on an ephemeral port, with its log captured. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { TestContext } from "node:test";
import type { z } from "zod";
import { startApp } from "../../src/app.ts";
import { settingsSchema } from "../../src/config/schema.ts";
import { createLogger } from "../../src/log.ts";
import type { Stage } from "../../src/turn.ts";

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface Running {
  readonly url: string;
  readonly port: number;
  /** The content of the token file's variable. */
  readonly home: string;
  /** The log so far, as text and as lines. */
  readonly log: { readonly text: string; readonly lines: readonly LogLine[] };
  /** The first line, past or to come, that a test asks for. */
  logged(wanted: (line: LogLine) => boolean): Promise<LogLine>;
  stop(): Promise<void>;
}

export interface ProxyOptions {
  readonly upstream?: string;
  readonly settings?: z.input<typeof settingsSchema>;
  readonly stages?: readonly Stage[];
}

export async function startProxy(t: TestContext, { upstream, settings, stages = [] }: ProxyOptions): Promise<Running> {
  const home = await mkdtemp(join(tmpdir(), "codex-plus-flows-"));
  const lines: LogLine[] = [];
  let text = "";
  const waiting = new Set<() => void>();
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString("utf8");
      for (const each of chunk.toString("utf8").split("\n")) if (each !== "") lines.push(JSON.parse(each) as LogLine);
      for (const look of [...waiting]) look();
      done();
    },
  });
  const parsed = settingsSchema.parse({
    ...settings,
    limits: { stopMs: 500, ...settings?.limits },
    server: { port: 0, ...settings?.server },
    // The one that people have who choose none.
    transport: settings?.transport ?? "auto",
    ...(upstream === undefined ? {} : { upstream }),
  });
  const config = { ...parsed, environment: { home, codexHome: home } };
  const app = await startApp(config, { log: createLogger("debug", sink), stages });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= app.stop();
    return stopped;
  };
  t.after(async () => {
    await stop();
    await rm(home, { recursive: true, force: true });
  });
  return {
    url: app.url,
    port: app.port,
    home,
    log: {
      get text() {
        return text;
      },
      lines,
    },
    logged: (wanted) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = lines.find(wanted);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    stop,
  };
}
