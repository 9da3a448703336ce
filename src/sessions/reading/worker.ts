/** The thread in which recorded conversations are read: no query holds up what passes through the proxy. */
import { parentPort, workerData } from "node:worker_threads";
import { toCodexPlusError } from "../../errors.ts";
import { sqliteReader } from "../sqlite/reader.ts";
import { answer } from "./answer.ts";
import type { Asked, Told } from "./questions.ts";

const reader = sqliteReader((workerData as { path: string }).path);

parentPort?.on("message", ({ ticket, question }: Asked) => {
  void told(ticket, question).then((message) => parentPort?.postMessage(message));
});

async function told(ticket: number, question: Asked["question"]): Promise<Told> {
  try {
    return { ticket, answer: await answer(reader, question) };
  } catch (error) {
    const { code, message } = toCodexPlusError(error);
    return { ticket, failure: { code, message } };
  }
}
