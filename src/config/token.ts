/** The secret of the control routes: one file that only its owner can read. */
import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { CodexPlusError } from "../errors.ts";
import { pathsOf } from "./paths.ts";

/** 32 random bytes in base64url. */
const FORM = /^[\w-]{43}$/;

/**
 * The token of this home, or undefined where none was made yet.
 * @throws CodexPlusError CP_CONFIG_INVALID when the file holds something else or cannot be read
 */
export async function readToken(home: string): Promise<string | undefined> {
  const file = pathsOf(home).token;
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new CodexPlusError("CP_CONFIG_INVALID", `${file} cannot be read: ${error.message}`, { cause: error });
  });
  if (text === undefined) return undefined;
  if (FORM.test(text.trim())) return text.trim();
  throw new CodexPlusError("CP_CONFIG_INVALID", `${file} does not hold a token; delete it and a new one will be made`);
}

/**
 * The token of this home, made (file 0600 in folder 0700) if there is none. Of any number of processes that start at
 * once exactly one makes it: the file appears whole, by link(2), or not at all.
 * @throws CodexPlusError CP_CONFIG_INVALID as readToken does
 */
export async function ensureToken(home: string): Promise<string> {
  const known = await readToken(home);
  if (known !== undefined) return known;
  const file = pathsOf(home).token;
  const token = randomBytes(32).toString("base64url");
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  await mkdir(home, { recursive: true, mode: 0o700 });
  await chmod(home, 0o700);
  await writeFile(draft, `${token}\n`, { mode: 0o600, flag: "wx" });
  try {
    await link(draft, file);
    return token;
  } catch (error) {
    const winner = await readToken(home);
    if (winner !== undefined) return winner;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}
