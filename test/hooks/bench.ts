/** The engine of hooks over folders of a test's own. */
import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import { Hooks, type Trial } from "../../src/hooks/index.ts";
import type { Trust } from "../../src/hooks/trust.ts";
import { createLogger } from "../../src/log.ts";

export interface Laid {
  /** By place in the project, or under `<HOME>`; JSON, or text as it stands. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string>>;
  /** Below the project: where the session was started. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly http?: { readonly status: number; readonly body: string; readonly type?: string };
  readonly trust?: (file: string, digest: string) => Trust;
}

export interface Bench {
  readonly hooks: Hooks;
  readonly root: string;
  readonly home: string;
  readonly start: string;
  /** Every run, as it ended or left. */
  readonly trials: readonly Trial[];
  readonly posts: readonly { readonly headers: object; readonly event: string }[];
  /** Writes a file by its place, as `settings` and `files` name it. */
  write(place: string, content: unknown): Promise<string>;
  exists(path: string): Promise<boolean>;
  /** Waits for all that runs in the background. */
  quiet(): Promise<void>;
  filled(text: string): string;
  masked(text: string): string;
  /** What hooks wrote into the folder that they know as `$DUMP`. */
  dumps(): Promise<Record<string, string[]>>;
}

/** Runs a program to its end, which has to be a good one. */
export async function runProgram(command: string, args: readonly string[], cwd: string): Promise<void> {
  await promisify(execFile)(command, args, { cwd, timeout: 30_000 });
}

const HEADERS = ["content-type", "x-a", "authorization"];

export async function bench(t: TestContext, laid: Laid): Promise<Bench> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "codex-plus-hooks-")));
  const [home, project, dump] = [join(root, "home"), join(root, "proj"), join(root, "dump")];
  const start = join(project, laid.cwd ?? "");
  for (const folder of [home, start, dump, join(project, ".git")]) await mkdir(folder, { recursive: true });
  const posts: { headers: object; event: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const given = HEADERS.flatMap((name) => (request.headers[name] ? [[name, request.headers[name]]] : []));
      posts.push({ headers: Object.fromEntries(given), event: JSON.parse(body).hook_event_name });
      const { status = 200, body: answer = "{}", type = "application/json" } = laid.http ?? {};
      response.writeHead(status, { "content-type": type }).end(answer);
    });
  });
  if (laid.http !== undefined) await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const port = laid.http === undefined ? 0 : (server.address() as AddressInfo).port;
  const trials: Trial[] = [];
  const hooks = new Hooks({
    homes: {
      plus: join(home, ".codexplus"),
      claude: join(home, ".claude"),
      user: home,
      managed: join(root, "managed"),
    },
    files: join(home, ".codexplus", "hook-files"),
    env: { PATH: process.env.PATH, HOME: home, DUMP: dump, ...laid.env },
    trust: async (file, digest) => laid.trust?.(file, digest) ?? "trusted",
    send: fetch,
    log: createLogger("silent"),
    ran: (trial) => trials.push(trial),
  });
  const filled = (text: string): string =>
    text
      .replaceAll("<START>", start)
      .replaceAll("<PROJ>", project)
      .replaceAll("<HOME>", home)
      .replaceAll("<MANAGED>", join(root, "managed"))
      .replaceAll("<PORT>", `${port}`);
  const write = async (place: string, content: unknown): Promise<string> => {
    const path = place.startsWith("<") ? filled(place) : join(project, place);
    await mkdir(dirname(path), { recursive: true });
    const text = typeof content === "string" ? content : JSON.stringify(content);
    await writeFile(path, filled(text), { mode: place.endsWith(".sh") ? 0o755 : 0o644 });
    return path;
  };
  for (const [place, content] of Object.entries({ ...laid.settings, ...laid.files })) await write(place, content);
  t.after(async () => {
    hooks.close();
    server.closeAllConnections();
    server.close();
    await rm(root, { recursive: true, force: true });
  });
  return {
    hooks,
    root,
    home,
    start,
    trials,
    posts,
    write,
    exists: (path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    quiet: () => hooks.quiet(),
    filled,
    masked: (text) =>
      text
        .replaceAll(/hook-files\/outputs\/hook-[\w-]+\.txt/g, "<OUTPUT>")
        .replaceAll(start === project ? "\0" : start, "<START>")
        .replaceAll(project, "<PROJ>")
        .replaceAll(home, "<HOME>")
        .replaceAll(`:${port}`, ":<PORT>")
        .replaceAll(/(.)\1{1990,}/g, (run, one: string) => `<${run.length}×${one}>`),
    async dumps() {
      const entries = await Promise.all(
        (await readdir(dump)).map(async (name) => {
          const text = await readFile(join(dump, name), "utf8");
          return [name, text.split("\n").filter(Boolean).toSorted()] as const;
        }),
      );
      return Object.fromEntries(entries.filter(([name]) => name !== "ran"));
    },
  };
}
