/** What hooks are told of a tool call, and how what they make of it gets back into Codex's form. Types only. */

/** What hooks are told of a call. One call may be several to them: a patch of three files is three. */
export interface Presented {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Where it will run, if not in the session's folder. */
  readonly cwd?: string | undefined;
}

export interface Presentation {
  readonly calls: readonly Presented[];
  /**
   * The input to be sent in Codex's form, with these in the places of `calls`; undefined where one cannot be told in it.
   */
  rewrite(inputs: readonly Readonly<Record<string, unknown>>[]): unknown;
}
