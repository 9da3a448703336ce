/** `mcp-logins.json`: what lets a person in at remote servers. Only its owner can read it; two processes may write it. */
import { randomBytes } from "node:crypto";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import type { OAuthDiscoveryState } from "@modelcontextprotocol/sdk/client/auth.js";
import type { OAuthClientInformationMixed, OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js";
import { z } from "zod";
import { CodexPlusError } from "../../errors.ts";
import { locked } from "../../lib/lock.ts";
import type { Server } from "../mcp.ts";

/** Nobody reads and writes one small file for longer, in ms. */
const WRITE_MS = 10_000;

const text = (value: unknown, name: string): boolean =>
  typeof value === "object" && value !== null && typeof (value as Record<string, unknown>)[name] === "string";

/** What was got from somebody else is kept as it came; only what has to be there is looked at. */
const loginSchema = z.strictObject({
  /** When it was written last, ISO 8601. */
  at: z.string(),
  client: z.custom<OAuthClientInformationMixed>((value) => text(value, "client_id")).optional(),
  /** Of a client that stands in the server's definition, which is no place for it. */
  secret: z.string().optional(),
  tokens: z.custom<OAuthTokens>((value) => text(value, "access_token")).optional(),
  /** Where the tokens come from. */
  discovery: z.custom<OAuthDiscoveryState>((value) => text(value, "authorizationServerUrl")).optional(),
});
const fileSchema = z.strictObject({ version: z.literal(1), servers: z.record(z.string(), loginSchema) });
type LoginFile = z.output<typeof fileSchema>;

/** What is kept for one server. */
export type Login = Omit<z.output<typeof loginSchema>, "at">;

/** A server is the same for a login while it has its name and address, whatever else of its definition is edited. */
export type LoginOf = Pick<Server, "name"> & { readonly config: Pick<Server["config"], "url"> };

/** The store of one home, read anew whenever the file has changed. */
export class LoginStore {
  readonly path: string;
  #known: { readonly stamp: string; readonly file: LoginFile } | undefined;

  /** @param path `mcp-logins.json` of CODEX_PLUS_HOME */
  constructor(path: string) {
    this.path = path;
  }

  /** @throws CodexPlusError CP_FILE_UNUSABLE when the file is not ours */
  async get(server: LoginOf): Promise<Login | undefined> {
    const login = (await this.#read()).servers[keyOf(server)];
    return login && without(login);
  }

  /** The servers of a name for which something is kept, wherever they are written down. @throws CodexPlusError CP_FILE_UNUSABLE */
  async named(name: string): Promise<LoginOf[]> {
    const keys = Object.keys((await this.#read()).servers);
    return keys.map(ofKey).filter((server) => server.name === name);
  }

  /** Keeps the secret of a client that stands in a server's definition. @throws CodexPlusError CP_FILE_UNUSABLE */
  keepSecret(server: LoginOf, secret: string): Promise<void> {
    return this.change(server, (login) => ({ ...login, secret }));
  }

  /**
   * Changes one login while nobody else does; `undefined` forgets it, and what it was handed changes nothing.
   * @param change what becomes of what is kept at this moment
   * @throws CodexPlusError CP_FILE_UNUSABLE
   */
  async change(server: LoginOf, change: (login: Login | undefined) => Login | undefined): Promise<void> {
    const key = keyOf(server);
    await this.#alone(async () => {
      const { servers } = await this.#read();
      const before = servers[key] && without(servers[key]);
      const after = change(before);
      if (after === before) return;
      const { [key]: _, ...others } = servers;
      const changed = after === undefined ? {} : { [key]: { at: new Date().toISOString(), ...after } };
      await this.#write({ version: 1, servers: { ...others, ...changed } });
    });
  }

  async #alone(work: () => Promise<void>): Promise<void> {
    try {
      await locked(`${this.path}.lock`, WRITE_MS, work);
    } catch (error) {
      if (error instanceof CodexPlusError) throw error;
      throw new CodexPlusError("CP_FILE_UNUSABLE", `${this.path} cannot be written: ${(error as Error).message}`);
    }
  }

  async #read(): Promise<LoginFile> {
    try {
      const { mtimeNs, ino, size } = await stat(this.path, { bigint: true });
      const stamp = `${mtimeNs} ${ino} ${size}`;
      if (this.#known?.stamp === stamp) return this.#known.file;
      const file = fileSchema.parse(JSON.parse(await readFile(this.path, "utf8")));
      this.#known = { stamp, file };
      return file;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return { version: 1, servers: {} };
      // Without the cause: a parser's words may quote a token.
      throw new CodexPlusError("CP_FILE_UNUSABLE", `${this.path} is not a list of logins`);
    }
  }

  /** Whole or not at all, for its owner only. */
  async #write(file: LoginFile): Promise<void> {
    const draft = `${this.path}.${randomBytes(6).toString("hex")}`;
    try {
      await writeFile(draft, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600, flag: "wx", flush: true });
      await rename(draft, this.path);
    } finally {
      await rm(draft, { force: true });
    }
  }
}

function without({ at: _, ...login }: LoginFile["servers"][string]): Login {
  return login;
}

/** Name and address, between which stands the last space: an address has none. */
function keyOf({ name, config: { url = "" } }: LoginOf): string {
  return `${name} ${URL.canParse(url) ? new URL(url).href : url}`;
}

function ofKey(key: string): LoginOf {
  const space = key.lastIndexOf(" ");
  return { name: key.slice(0, space), config: { url: key.slice(space + 1) } };
}
