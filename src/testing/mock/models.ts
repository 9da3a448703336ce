/** The model catalogue. Codex falls back on its bundled one when the list is empty, so that is the default. */
import type { Answer } from "./script.ts";

export const MODELS_ETAG = '"mock-models-1"';

/** The answer to `GET …/models`. */
export function catalogue(models: readonly unknown[]): Answer {
  return { status: 200, headers: { etag: MODELS_ETAG }, body: { models } };
}
