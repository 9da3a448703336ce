/** The built-in client: one conversation over each wire, told as it happens, with every byte held against the backend's. */
import { x } from "tinyexec";
import { type Client, type Exchanged, openClient, output, said } from "../../testing/client/index.ts";
import { DEMO_KEY } from "../../testing/codex/home.ts";
import type { Item, Mock, WireEvent } from "../../testing/index.ts";
import { print, size } from "./print.ts";
import type { Stand } from "./stand.ts";

export const PROMPTS = ["Hello!", "Please run a command for me.", "Thanks!"];
const NAMES = { sse: "HTTP with server-sent events", ws: "WebSocket" };

/** Runs the conversation over one wire. @returns what was not as it should be, in words */
export async function talk(stand: Stand, wire: Client["wire"]): Promise<string[]> {
  print.section(NAMES[wire]);
  const failures: string[] = [];
  const client = await openClient(wire, { baseUrl: stand.url, key: DEMO_KEY, onEvent: show });
  try {
    for (const prompt of PROMPTS) {
      print.you(prompt);
      let reply = await turn(client, stand.mock, failures, said(prompt));
      for (let call = callIn(reply); call; call = callIn(reply)) {
        const { cmd } = JSON.parse(String(call.arguments)) as { cmd: string };
        // The command is one of our own demo model's, on our own machine.
        const { stdout } = await x(cmd, [], { nodeOptions: { shell: true } });
        print.tool(cmd, stdout);
        reply = await turn(client, stand.mock, failures, output(String(call.call_id), stdout));
      }
    }
  } finally {
    client.close();
  }
  return failures;
}

/** One request and its reply, measured and compared with what the backend received and sent. */
async function turn(client: Client, mock: Mock, failures: string[], input: Item): Promise<Exchanged> {
  const exchanged = await client.turn(input);
  const seen = mock.record.turns.at(-1);
  const [up, down] = [exchanged.up, Buffer.concat(exchanged.down)];
  const same = seen?.received.equals(up) === true && Buffer.concat(seen.sent).equals(down);
  const time = `first event after ${exchanged.firstEventMs.toFixed(1)} ms`;
  print.note(
    `${time}, ${size(up.length)} up, ${size(down.length)} down, ${same ? "the same" : "NOT THE SAME"} at the backend`,
  );
  if (!same) failures.push(`${client.wire}: the bytes at the client differ from those at the backend`);
  const ended = exchanged.events.at(-1)?.type;
  if (ended !== "response.completed")
    failures.push(`${client.wire}: a turn ended with ${ended} (status ${exchanged.status})`);
  return exchanged;
}

function show(event: WireEvent): void {
  if (event.type === "response.content_part.added") print.model();
  if (event.type === "response.output_text.delta") print.words(String(event.delta));
  if (event.type === "response.output_text.done") print.line();
}

function callIn({ events }: Exchanged): Item | undefined {
  const items = events.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item as Item);
  return items.find(({ type }) => type === "function_call");
}
