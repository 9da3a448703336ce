/** THE ORDER: every stage of the product, from the client inwards. The only place where rooms meet. */
import type { Stage } from "../turn.ts";
import { type CommandStageOptions, commandStage } from "./commands.ts";
import { continuity } from "./continuity.ts";
import { type RecordRooms, record } from "./record.ts";

/** What the stages are made of: the rooms of floor 2. */
export type Rooms = CommandStageOptions & RecordRooms;

/**
 * Continuity comes first: whatever the others see has been made what upstream knows. Commands come next: what they make
 * of a prompt is what everybody behind them sees. The recorder changes nothing and may stand anywhere: what it is shown is
 * what the client said and got.
 */
export function createStages(rooms: Rooms): readonly Stage[] {
  return [continuity(rooms.continuity), commandStage(rooms), ...(rooms.recorder ? [record(rooms.recorder)] : [])];
}
