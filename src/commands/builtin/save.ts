/** `/save [file] [--format md|json|html]`: this conversation as a file. Nothing that is there is written over. */
import { mkdir, realpath, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, extname, isAbsolute, join, relative, resolve } from "node:path";
import { words } from "../words.ts";
import type { Builtin, BuiltinCall } from "./builtin.ts";
import { FORMATS, type Format, render } from "./transcript.ts";
