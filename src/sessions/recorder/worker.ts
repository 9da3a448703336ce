/** The recorder's worker thread: everything that costs time is done here. Begun by `index.ts`. */
import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { openDatabase } from "../sqlite/database.ts";
import { sqliteWriter } from "../sqlite/writer.ts";
import type { FromWorker, Setup, ToWorker } from "./notes.ts";
import { Scribe } from "./scribe.ts";

const port = parentPort;
if (port === null) throw new TypeError("this file is the entry of a worker thread");

/**
 * Turns go first wherever a CPU has to be shared, but not by much: where everything is busy the worker still has to be done
 * with what has passed within 200 ms (at 10 it took up to 700). Elsewhere than on Linux this would mean the whole process.
 */
const NICENESS = 3;
if (process.platform === "linux") setPriority(NICENESS);

const setup = workerData as Setup;
const say = (message: FromWorker): void => port.postMessage(message);
const writer = sqliteWriter(setup.path, {
  open(path, options) {
    // It may be another file than before: put aside, removed, restored.
    scribe.forget();
    return openDatabase(path, options);
  },
  setAside: (file) => say({ what: "store", ok: true, setAside: file }),
});
const scribe = new Scribe(setup, writer, say);

port.on("message", (message: ToWorker) => {
  if (message.what === "notes") scribe.notes(message.notes, message.size);
  else if (message.what === "flush") scribe.flush(message.ticket);
  else {
    scribe.close();
    port.close();
  }
});
