/** In a worker thread: loading modules that people wrote, wherever they lie. */
import { registerHooks } from "node:module";
import { extname } from "node:path";

const FORMATS: Readonly<Record<string, string>> = {
  ".ts": "module-typescript",
  ".mts": "module-typescript",
  ".js": "module",
  ".mjs": "module",
};

/**
 * Makes modules below a folder load as what they are, and find `codex-plus` without having it installed beside them.
 * @param root the folder's URL, with a slash at its end
 * @param define the URL of what `codex-plus` stands for
 */
export function loadModulesBelow(root: string, define: string): void {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "codex-plus" ? { url: define, shortCircuit: true } : next(specifier, context),
    // They are modules whatever the package.json of the project around them says of its own files.
    load: (address, context, next) => {
      const format = address.startsWith(root) && !address.includes("/node_modules/") && FORMATS[extname(address)];
      return next(address, format ? { ...context, format } : context);
    },
  });
}
