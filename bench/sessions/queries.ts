/** Searches as varied as those of people, over what `prose.ts` makes; the same in every run. */
import { RARE } from "./conversations.ts";
import { PROJECTS, Prose } from "./prose.ts";

const FILTERS = [
  "role:user",
  "role:assistant",
  "tool:exec",
  "tool:github",
  "cwd:/home/dev/projects/project-3",
  "cwd:/home/dev/projects",
  "model:mini",
  "client:node",
  "since:30d",
  "since:1d",
  "before:200d",
  "role:user cwd:/home/dev/projects/project-7 since:100d",
] as const;

/** @returns each kind with its queries */
export function queries(each: number): ReadonlyMap<string, readonly string[]> {
  const prose = new Prose(1);
  const common = (): string => prose.words[prose.below(60)] ?? "";
  const middling = (): string => prose.words[100 + prose.below(5000)] ?? "";
  const inProject = (say: () => string): string => {
    prose.project = prose.below(PROJECTS);
    return say();
  };
  const name = (): string => inProject(() => prose.name());
  const kinds: Record<string, () => string> = {
    "a common word": common,
    "a word": middling,
    "a rare word": () => `${RARE}${prose.below(1000)}`,
    "no such word": () => `${prose.hex(6)}qqq`,
    "two words": () => `${common()} ${middling()}`,
    "four common words": () => [common(), common(), common(), common()].join(" "),
    "a phrase": () => `"${common()} ${common()}"`,
    "a sentence that was pasted": () => inProject(() => prose.sentence()),
    "a name": name,
    "a part of a name": () =>
      name()
        .split(/_|(?=[A-Z])/)
        .slice(-1)
        .join(),
    "a path": () => inProject(() => prose.path()),
    "a folder": () => inProject(() => prose.path().split("/").slice(0, 3).join("/")),
    "a beginning": () => `${inProject(() => prose.word()).slice(0, 3 + prose.below(3))}*`,
    "a short beginning": () => `${common().slice(0, 1 + prose.below(2))}*`,
    "one or other": () => `${middling()} OR ${common()} OR ${name()}`,
    "one without other": () => `${common()} -${common()} -${middling()}`,
    Japanese: () => prose.japanese(1 + prose.below(3)),
    "a common word, filtered": () => `${common()} ${prose.pick(FILTERS)}`,
    "a word, filtered": () => `${middling()} ${prose.pick(FILTERS)} ${prose.pick(FILTERS)}`,
    "filters alone": () => prose.pick(FILTERS),
  };
  return new Map(Object.entries(kinds).map(([kind, make]) => [kind, Array.from({ length: each }, make)]));
}
