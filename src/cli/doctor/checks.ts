/** All checks, in the order in which they are told: from this machine outwards. */
import { canary } from "./canary.ts";
import { codex, noProxy, pointed, profile } from "./codex.ts";
import type { Check } from "./finding.ts";
import { hookFiles } from "./hook-files.ts";
import { hooks } from "./hooks.ts";
import { login } from "./login-check.ts";
import { mcp } from "./mcp.ts";
import { daemon, node, permissions, port } from "./proxy.ts";
import { upstream } from "./upstream.ts";

export const CHECKS: readonly Check[] = [
  node,
  port,
  daemon,
  permissions,
  codex,
  pointed,
  noProxy,
  login,
  hookFiles,
  hooks,
  mcp,
  profile,
  upstream,
  canary,
];
