/** What `/mcp` wants to know of a server. */

/** A server as it stands, as far as it is told of here. */
export interface Standing {
  readonly server: {
    readonly name: string;
    /** What its tools and prompts begin with, behind `mcp__`. */
    readonly key: string;
    readonly scope: string;
    /** The file that it stands in. */
    readonly file: string;
    readonly config: {
      readonly type: string;
      readonly command?: string | undefined;
      readonly url?: string | undefined;
    };
    /** Variables that are named in its definition and not set. */
    readonly missing: readonly string[];
    readonly held?: { readonly why: string; readonly text: string } | undefined;
  };
  readonly state: "idle" | "starting" | "ready" | "failed" | "login" | "held";
  /** Undefined where it has never been met. */
  readonly offer?: Offered | undefined;
  readonly error?: string | undefined;
  /** It is let alone until then (ms since 1970). */
  readonly retryAt?: number | undefined;
  readonly pid?: number | undefined;
  readonly calls: number;
  /** The last lines of its standard error. */
  readonly stderr: readonly string[];
}

export interface Offered {
  readonly tools: readonly Named[];
  readonly prompts: readonly (Named & {
    readonly arguments?: readonly { readonly name: string; readonly required?: boolean | undefined }[] | undefined;
  })[];
  readonly resources: readonly (Named & { readonly uri: string })[];
  readonly templates: readonly (Named & { readonly uriTemplate: string })[];
  /** Its name and version of itself. */
  readonly server?: string | undefined;
}

export interface Named {
  readonly name: string;
  readonly description?: string | undefined;
}

/** A scope as `codex-plus mcp add` has it: that a file is our own and not Claude Code's, its path says. */
export function scopeOf({ scope }: Standing["server"]): string {
  return scope.replace(/^plus-/, "");
}
