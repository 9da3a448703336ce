/** The files that other programs keep their servers in. */
import { basename, join } from "node:path";
import type { NamedScope } from "../scope.ts";
import { fromCodex } from "./codex.ts";
import type { Found } from "./found.ts";
import { fromJson } from "./json.ts";

export interface ForeignFile {
  readonly program: string;
  readonly file: string;
  /** Where its servers go if nobody says otherwise. */
  readonly scope: NamedScope;
}

export const CODEX = "Codex";

interface Homes {
  readonly user: string;
  readonly codex: string;
}

/** Those that are looked at, whether they exist or not. @param folder the project */
export function foreignFiles({ user, codex }: Homes, folder: string, platform = process.platform): ForeignFile[] {
  return [
    { program: CODEX, file: join(codex, "config.toml"), scope: "user" },
    { program: "Claude Desktop", file: join(user, ...desktop(platform), "claude_desktop_config.json"), scope: "user" },
    { program: "Cursor", file: join(user, ".cursor", "mcp.json"), scope: "user" },
    { program: "Cursor", file: join(folder, ".cursor", "mcp.json"), scope: "local" },
    { program: "VS Code", file: join(folder, ".vscode", "mcp.json"), scope: "local" },
  ];
}

function desktop(platform: NodeJS.Platform): readonly string[] {
  if (platform === "darwin") return ["Library", "Application Support", "Claude"];
  return platform === "win32" ? ["AppData", "Roaming", "Claude"] : [".config", "Claude"];
}

/** What a file has, by its form. @throws CodexPlusError CP_FILE_UNUSABLE */
export function serversIn(text: string, file: string): Found {
  return basename(file).endsWith(".toml") ? fromCodex(text, file) : fromJson(text, file);
}
