/** A recorder's worker as a test wants it: it tells on a channel what it is told, and does what it hears there. */
import { parentPort, workerData } from "node:worker_threads";
import type { FromWorker, Setup, ToWorker } from "../../src/sessions/recorder/notes.ts";
import type { Wish } from "./desk.ts";

const { path } = workerData as Setup;
const channel = new BroadcastChannel(path);
const say = (message: FromWorker): void => parentPort?.postMessage(message);
const holds = path.startsWith("holds");
const deaf = path.startsWith("deaf");

parentPort?.on("message", (message: ToWorker) => {
  channel.postMessage(message);
  if (deaf) return;
  if (message.what === "notes" && !holds) say({ what: "taken", size: message.size });
  if (message.what === "flush") say({ what: "flushed", ticket: message.ticket });
  if (message.what === "close") {
    channel.close();
    parentPort?.close();
  }
});
channel.onmessage = ({ data }) => {
  const wish = data as Wish;
  if (wish.wish === "die") process.exit(1);
  if (wish.wish === "say") {
    say(wish.message);
    channel.postMessage({ what: "said" });
  }
};
