/** Reading `config.json`: JSON, comments and trailing commas allowed, with the line of everything that is wrong. */
import { readFileSync } from "node:fs";
import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import { CodexPlusError } from "../errors.ts";

export interface SettingsFile {
  readonly path: string;
  readonly value: unknown;
  /** The line, from 1, on which the setting (or the nearest section above it) stands. */
  line(setting: readonly PropertyKey[]): number;
}

/**
 * The file's content, or undefined when there is no such file. An empty file holds no settings.
 * @throws CodexPlusError CP_CONFIG_INVALID when it cannot be read or is not JSON, with file and line
 */
export function readSettingsFile(path: string): SettingsFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new CodexPlusError("CP_CONFIG_INVALID", `${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
  const lineAt = (offset: number) => text.slice(0, offset).split("\n").length;
  const broken = errors[0];
  if (broken) {
    const words = printParseErrorCode(broken.error)
      .replace(/(?<=[a-z])(?=[A-Z])/g, " ")
      .toLowerCase();
    throw new CodexPlusError("CP_CONFIG_INVALID", `${path} line ${lineAt(broken.offset)} is not JSON: ${words}`);
  }
  return {
    path,
    value: root ? getNodeValue(root) : {},
    line: (setting) => lineAt(root ? nearest(root, setting).offset : 0),
  };
}

/** The node of a setting, or of the deepest section on the way to it that the file has. */
function nearest(root: Node, setting: readonly PropertyKey[]): Node {
  const path = setting.filter((part) => typeof part !== "symbol");
  for (let length = path.length; length > 0; length--) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    if (node) return node.parent?.type === "property" ? node.parent : node;
  }
  return root;
}
