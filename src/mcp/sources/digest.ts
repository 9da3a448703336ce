/** Fingerprints: of one server, and of all that a file lets run. */
import { createHash } from "node:crypto";
import type { Definition } from "./parse.ts";

/** The same for the same server in the same project. Variables are not put in: a new password is no new server. */
export function digestOfServer({ name, written }: Definition, project: string): string {
  return hashOf([project, name, written]);
}

/** By which a file's servers are trusted. Its other content, comments and spaces may change. */
export function digestOfFile(definitions: readonly Definition[]): string {
  return hashOf(definitions.map(({ name, written }) => [name, written]));
}

function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
