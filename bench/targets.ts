/** What is measured: how each proxy is started in front of the mock upstream. A new one needs one entry here. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where every target takes turns (HTTP and WebSocket), and where it answers a plain GET. */
export const TURNS = "/backend-api/codex/responses";
export const MODELS = "/backend-api/codex/models";

export interface Place {
  readonly port: number;
  readonly upstreamPort: number;
  /** An empty folder of its own. */
  readonly folder: string;
}

export interface TargetDefinition {
  readonly name: string;
  readonly note: string;
  /** The command line; undefined for the way without a proxy. */
  readonly command?: (place: Place) => readonly [string, ...string[]];
}

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const upstream = ({ upstreamPort }: Place): string => `http://127.0.0.1:${upstreamPort}/backend-api/codex`;

function nginx({ port, upstreamPort, folder }: Place): readonly [string, ...string[]] {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder};`);
  const configuration = join(folder, "nginx.conf");
  writeFileSync(
    configuration,
    `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log warn;
events { worker_connections 8192; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; client_max_body_size 0; client_body_buffer_size 4m;
  ${temporary.join(" ")}
  upstream up { server 127.0.0.1:${upstreamPort}; keepalive 1024; keepalive_requests 1000000000; keepalive_timeout 600s; }
  map $http_upgrade $conn { default upgrade; '' ''; }
  server { listen 127.0.0.1:${port} backlog=4096;
    location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection $conn;
      proxy_set_header Upgrade $http_upgrade; proxy_buffering off; proxy_read_timeout 600s; } } }
`,
  );
  return ["nginx", "-p", folder, "-c", configuration, "-e", `${folder}/error.log`];
}

const NOTES = {
  raw: "with no stage at all: the path of everything that no feature wants",
  request: "with a stage that edits one item of the request",
  events: "with a stage that reads every event",
};

function staged(mode: "raw" | "request" | "events"): TargetDefinition {
  return {
    name: `codex-plus-${mode}`,
    note: NOTES[mode],
    command: (place) => [
      process.execPath,
      file("staged.ts"),
      mode,
      "--port",
      `${place.port}`,
      "--upstream",
      upstream(place),
    ],
  };
}

/** `codex-plus serve` as it comes. @param entry the program's main file: the sources, a build, another version */
export function served(name: string, entry: string): TargetDefinition {
  return {
    name,
    note: "codex-plus serve, as it comes, log to a file",
    command: (place) => {
      const flags = ["serve", "--port", `${place.port}`, "--upstream", upstream(place)];
      return [process.execPath, file(entry), ...flags];
    },
  };
}

export const DEFINITIONS: readonly TargetDefinition[] = [
  { name: "direct", note: "no proxy" },
  { name: "nginx", note: "1 worker, no buffering, kept-alive upstream", command: nginx },
  {
    name: "bare-node",
    note: "node:http on both sides, pipes",
    command: ({ port, upstreamPort }) => [process.execPath, file("bare-node.js"), `${port}`, `${upstreamPort}`],
  },
  served("codex-plus", "../src/cli/main.ts"),
  staged("raw"),
  staged("request"),
  staged("events"),
];

/** Why a target cannot run here, or undefined. */
export function whyMissing({ name }: TargetDefinition): string | undefined {
  if (name !== "nginx" || spawnSync("nginx", ["-v"]).error === undefined) return undefined;
  return "nginx is not installed";
}
