/** `codex-plus/testing`: an embedded ChatGPT backend and the events it speaks, for tests of plugins and of ourselves. */
export { ev, type Item, item, type LimitWindow, streamedText, type Usage, type WireEvent } from "./events.ts";
export type { Residency } from "./mock/account.ts";
export { type Mock, type MockOptions, startMock } from "./mock/index.ts";
export { echo, textReply, toolCall } from "./mock/model.ts";
export type { Recording, SeenMessage, SeenMoment, SeenRequest, SeenTurn, TurnEnd } from "./mock/record.ts";
export {
  type Action,
  type Answer,
  type Ask,
  failure,
  type Kind,
  type Model,
  type Reply,
  type Step,
  steps,
} from "./mock/script.ts";
export type { Limits } from "./mock/usual.ts";
