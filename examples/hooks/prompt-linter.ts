/**
 * A prompt linter: stops prompts that hold what looks like a key, and tells the model what a vague prompt leaves open.
 * Copy it to `.codexplus/hooks/` of a project (then `codex-plus trust`) or to `~/.codexplus/hooks/`.
 */
import { defineHook } from "codex-plus";

const KEYS = /\b(sk-[A-Za-z0-9_-]{20,}|ghp_[A-Za-z0-9]{36}|AKIA[0-9A-Z]{16})\b/;
const VAGUE = /^\s*(fix|improve|clean up|refactor)\s+(it|this|that|everything)\s*[.!]*\s*$/i;

export default defineHook({
  description: "no keys in prompts, no vague ones",
  pre_input({ prompt }) {
    if (KEYS.test(prompt)) return { answer: "Not sent: the prompt holds what looks like a secret key. Take it out." };
    if (VAGUE.test(prompt))
      return { context: "The prompt names no file and no goal: ask for both before changing code." };
    return undefined;
  },
});
