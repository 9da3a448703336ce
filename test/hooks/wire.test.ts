import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, commands, itemsOf, says, scene, texts } from "./scene.ts";

const WIRES = ["sse", "ws"] as const;
for (const wire of WIRES) {
  test(`${wire}: try`, async (t) => {
    const here = await scene(t);
    await here.hooks({
      SessionStart: commands("echo session"),
      UserPromptSubmit: commands("cat > $CLAUDE_PROJECT_DIR/in.json; echo ctx", says({ systemMessage: "hi person" })),
      Stop: commands("grep -q '\"stop_hook_active\":true' && exit 0; echo \"keep going\" >&2; exit 2"),
    });
    const client = new Client(t, here, wire);
    for (const p of ["one", "two"]) {
      const events = await client.type(p);
      console.log(events.map(({type, output_index, response}) => [type, output_index, response?.id, response?.output?.length].join(" ")));
      console.log(texts(itemsOf(events)));
      for (const turn of here.mock.record.turns.slice(-2)) console.log("UP", turn.json.previous_response_id, texts(turn.json.input));
    }
    client.hangUp();
    await client.type("three");
    console.log("UP", texts(here.mock.record.turns.at(-1).json.input));
    console.log(here.mock.record.violations);
  });
}
