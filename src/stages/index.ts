/** THE ORDER: every stage of the product, from the client inwards. The only place where rooms meet. */
import type { Stage } from "../turn.ts";
import { type CommandStageOptions, commandStage } from "./commands.ts";
import { context } from "./context.ts";
import { continuity } from "./continuity.ts";
import type { HookFeeder } from "./hooks.ts";
import { type McpStageOptions, mcp } from "./mcp.ts";
import { type RecordRooms, record } from "./record.ts";
import { type ToolStageOptions, tools } from "./tools.ts";

/** What the stages are made of: the rooms of floor 2. */
export type Rooms = Omit<CommandStageOptions, "expanding" | "retyped"> &
  RecordRooms & {
    /** Undefined where there are to be no hooks. */
    readonly hooks?: HookFeeder | undefined;
    /** What tool calls are judged by; undefined where they are not to be. */
    readonly tools?: Omit<ToolStageOptions, "continuity" | "elsewhere"> | undefined;
    /** Undefined where no tools are put into anybody's requests. */
    readonly mcp?: Omit<McpStageOptions, "continuity" | "elsewhere"> | undefined;
  };

/**
 * Continuity comes first: whatever the others see has been made what upstream knows. Hooks are told of what was typed, so
 * they come before commands, which make of it what goes up; beside that stands then what hooks have said. Tools come behind
 * all who look at answers: what the others see of one has been judged; but calls that are made here are nobody's to judge or
 * to see, so these come last. The recorder changes nothing and may stand anywhere: what it is shown is what the client said
 * and got.
 */
export function createStages(rooms: Rooms): readonly Stage[] {
  const { hooks } = rooms;
  const commands = commandStage({
    ...rooms,
    expanding: hooks && ((...told) => hooks.expanding(...told)),
    retyped: hooks && ((turn) => hooks.retyped(turn)),
  });
  return [
    continuity(rooms.continuity),
    ...(hooks ? [hooks.stage] : []),
    commands,
    ...(hooks ? [context(rooms.continuity)] : []),
    ...(rooms.tools ? [tools({ ...rooms, ...rooms.tools })] : []),
    ...(rooms.mcp ? [mcp({ ...rooms, ...rooms.mcp })] : []),
    ...(rooms.recorder ? [record(rooms.recorder)] : []),
  ];
}
