/** `/help [name]`: all commands, with where they come from. */
import { helpEntries } from "../help.ts";
import type { Builtin, BuiltinCall } from "./builtin.ts";

export function help(builtins: () => readonly Builtin[]): Builtin {
  return {
    name: "help",
    hint: "[name]",
    description: "all commands, or one in full",
    async run(call) {
      const name = call.args.replace(/^[/$]+/, "").split(/\s/)[0] ?? "";
      return name === "" ? overview(builtins(), call) : one(builtins(), name, call);
    },
  };
}

async function overview(builtins: readonly Builtin[], call: BuiltinCall): Promise<string> {
  const catalog = await call.catalog();
  const line = (name: string, hint: string | undefined, description: string): string =>
    `- \`/${name}${hint === undefined ? "" : ` ${hint}`}\` ${description}`;
  const groups = helpEntries(catalog).map(
    ({ place, entries }) =>
      `**${place}**\n${entries.map(({ name, hint, description }) => line(name, hint, description)).join("\n")}`,
  );
  const own = builtins.map(({ name, hint, description }) => line(name, hint, description)).join("\n");
  const broken = catalog.problems.map(({ file, line: at, message }) => `- ${file}:${at}: ${message}`);
  return [
    `**Codex-Plus**\n${own}`,
    ...groups,
    ...(broken.length === 0 ? [] : [`**Cannot be used**\n${broken.join("\n")}`]),
    "In Codex's terminal type `//name` (or a space before `/name`): it keeps `/name` for its own commands.",
  ].join("\n\n");
}

async function one(builtins: readonly Builtin[], name: string, call: BuiltinCall): Promise<string> {
  const own = builtins.find((builtin) => builtin.name === name);
  if (own !== undefined) return `\`/${own.name}${own.hint === undefined ? "" : ` ${own.hint}`}\`\n\n${own.description}`;
  const { commands } = await call.catalog();
  const command = commands.get(name);
  if (command === undefined) return `There is no command /${name}. //help lists those there are.`;
  const { hint } = command.matter;
  return `\`/${command.name}${hint === undefined ? "" : ` ${hint}`}\` (${command.kind}, ${command.place})\n\n${command.description}\n\n${command.file}`;
}
