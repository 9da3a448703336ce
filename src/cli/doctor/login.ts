/** Codex's login: its kind and how long it lasts, from auth.json. Tokens are used, never shown. */
import { join } from "node:path";
import { z } from "zod";
import { textOf } from "../setup/file.ts";

const authSchema = z.looseObject({
  OPENAI_API_KEY: z.string().nullish(),
  tokens: z.looseObject({ access_token: z.string(), account_id: z.string().nullish() }).nullish(),
});
const claimsSchema = z.looseObject({ exp: z.number() });

export interface Login {
  readonly kind: "ChatGPT" | "API key";
  readonly bearer: string;
  readonly account?: string;
  /** When the access token ends; Codex renews it by itself. */
  readonly expires?: Date;
}

/** The login of CODEX_HOME, or undefined where none is found (it may be in the system's keyring). */
export async function readLogin(codexHome: string): Promise<Login | undefined> {
  const text = await textOf(join(codexHome, "auth.json"));
  const { success, data } = authSchema.safeParse(parsed(text));
  if (!success) return undefined;
  if (data.tokens) {
    const { access_token: bearer, account_id: account } = data.tokens;
    const claims = claimsSchema.safeParse(parsed(Buffer.from(bearer.split(".")[1] ?? "", "base64url").toString()));
    return {
      kind: "ChatGPT",
      bearer,
      ...(account && { account }),
      ...(claims.success && { expires: new Date(claims.data.exp * 1000) }),
    };
  }
  return data.OPENAI_API_KEY ? { kind: "API key", bearer: data.OPENAI_API_KEY } : undefined;
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
