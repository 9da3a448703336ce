/** A process that writes conversations until it is done, or killed: `node writing-process.ts FILE NAME CONVERSATIONS`. */
import { sqliteWriter } from "../../../src/sessions/sqlite/writer.ts";
import { assistant, call, context, leg, output, thread, user } from "./legs.ts";

const [path = "", name = "", conversations = "0"] = process.argv.slice(2);
const writer = sqliteWriter(path);
for (let i = 0; i < Number(conversations); i += 1) {
  // One thread for all processes, and one of its own.
  for (const [id, by] of [
    ["shared", `${name}.${i}`],
    [`${name}.${i}`, ""],
  ] as const) {
    const turn = `turn ${by}`;
    const asked = [context("rules", "rules"), user(`question ${by} ${"long ".repeat(300)}`, `q${by}`)];
    const open = leg(`${id}/${by}/1`, { thread: thread(id), turn, asked, whole: false, state: "open", started: i });
    const called = call(`c${by}`, "shell", `f${by}`);
    const more = { turn, whole: false, started: i + 1, asked: [output(`c${by}`, `result ${by}`, `o${by}`)] };
    const usage = { input: 3, cached: 0, output: 1, reasoning: 0 };
    writer.append([open]);
    if (i === 0) process.stdout.write("begun\n");
    writer.append([{ ...open, state: "completed", answered: [called], usage }]);
    writer.append([
      leg(`${id}/${by}/2`, { thread: thread(id), ...more, answered: [assistant(`answer ${by}`, `a${by}`)], usage }),
    ]);
  }
}
writer.close();
process.stdout.write("done\n");
