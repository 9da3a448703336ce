/**
 * Python hooks of the first design: a file with a docstring that says what it is (`name`, `type`, `priority`, `enabled`,
 * under "Hook Metadata:" or by themselves) and a function, or a class `Hook` with a method, named as its type.
 */
import { type AnyEvent, EVENTS, WIRE_EVENTS } from "../hook.ts";

export interface PythonHook {
  readonly event: AnyEvent;
  readonly title: string | undefined;
  readonly priority: number | undefined;
}

const ALL: readonly AnyEvent[] = [...EVENTS, ...WIRE_EVENTS];
const DOCSTRING = /^\s*(?:#[^\n]*\n\s*)*[rRuU]?("""|''')([\s\S]*?)\1/;

/** What the file's docstring says; undefined where it is no hook, or is switched off. */
export function readPython(text: string): PythonHook | undefined {
  const [, , docstring] = DOCSTRING.exec(text) ?? [];
  if (docstring === undefined) return undefined;
  const fields = new Map<string, string>();
  for (const [, name, value] of docstring.matchAll(/^[ \t]*(name|type|priority|enabled)[ \t]*:(.*)$/gim)) {
    if (name !== undefined && value !== undefined)
      fields.set(name.toLowerCase(), value.trim().replace(/^(["'])(.*)\1$/, "$2"));
  }
  const type = fields.get("type") ?? "";
  const event = ALL.find((one) => plain(one) === plain(type));
  if (event === undefined || /^(false|no|0|off)$/i.test(fields.get("enabled") ?? "true")) return undefined;
  const priority = Number(fields.get("priority"));
  return {
    event,
    title: fields.get("name"),
    priority: fields.has("priority") && Number.isFinite(priority) ? priority : undefined,
  };
}

/** `pre_tool_use`, `PreToolUse` and `pre-tool-use` are one. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z]/g, "");
}

/** Runs a hook file and speaks for it: what the file prints goes to standard error, answers go out as lines. */
export const PYTHON_HOST = `
import asyncio, importlib.util, inspect, json, os, sys
out = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
os.dup2(2, 1)
sys.stdout = sys.stderr
path = sys.argv[1]
sys.path.insert(0, os.path.dirname(path))
spec = importlib.util.spec_from_file_location("codex_plus_hook", path)
module = importlib.util.module_from_spec(spec)
broken = None
try:
    spec.loader.exec_module(module)
    hook = module.Hook() if inspect.isclass(getattr(module, "Hook", None)) else None
except BaseException as error:
    broken = "%s: %s" % (type(error).__name__, error)
loop = asyncio.new_event_loop()
plain = lambda name: "".join(c for c in name.lower() if c.isalpha())
def find(event):
    for place in (hook, module):
        for name in dir(place) if place is not None else ():
            if plain(name) == plain(event) and callable(getattr(place, name)):
                return getattr(place, name)
    return None
for line in iter(sys.stdin.readline, ""):
    asked = json.loads(line)
    answer = {"id": asked["id"]}
    try:
        if broken is not None:
            raise RuntimeError(broken)
        ask = find(asked["event"])
        given = [asked["input"]] + ([asked["of"]] if "of" in asked else [])
        if ask is not None:
            try:
                inspect.signature(ask).bind(*given)
            except TypeError:
                given = given[:1]
            value = ask(*given)
            value = loop.run_until_complete(value) if inspect.isawaitable(value) else value
            if value is not None:
                answer["output"] = value
            json.dumps(answer)
    except BaseException as error:
        answer = {"id": asked["id"], "error": broken or "%s: %s" % (type(error).__name__, error)}
    out.write(json.dumps(answer) + "\\n")
    out.flush()
`;
