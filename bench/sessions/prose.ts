/** Texts as they stand in conversations about code: their words come as often as words do, and there are names, paths, numbers. */

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const COMMON =
  `the to of and a in is it that for on with as this be not are by or from at an if we can will have has but you
all file test code function error run use when which so new line add should return value into no one also type only then set
get fix change build make there would does path name been more data after first call just time they what server read write
list how user check before other case now need request here null true false update output work where same index key start
match than string module like config item found number log each default import failed some version state please instead
change still command table page between without session thread message query cache issue was its these do`.split(/\s+/);
const SYLLABLES = `ba ker tion al ver mi con ter por lan du res ta fi gra qua ser ne lo xi min pre col eth um ing or an
ec str ate pul hex tok mar ven ris dol nap bu cy`.split(/\s+/);
const NOUNS = `user session thread request response token cache index file path stream buffer socket query worker event
config parser writer reader node state item record table page limit error`.split(/\s+/);
const VERBS = "get set read write parse make open close send load find add remove update check render build".split(" ");
const ENDS = ["ts", "ts", "ts", "rs", "py", "go", "md", "json", "toml", "sql"];
/** 1 is Zipf's law; texts about code have more rare words than that. */
const EXPONENT = 0.95;
const SAMPLES = 1 << 20;

export const PROJECTS = 80;

/** Each has its own names for things, in its own folders. */
interface Project {
  readonly name: () => string;
  readonly path: () => string;
}

export class Prose {
  readonly random: () => number;
  /** Words by how often they come, most first. */
  readonly words: readonly string[];
  /** Whose names and paths are spoken of, mostly: 0 … PROJECTS - 1. */
  project = 0;
  readonly #projects: readonly Project[];
  readonly #nextWord: () => string;

  constructor(seed: number) {
    this.random = chance(seed);
    const rare = this.#distinct(30_000, () => this.#join(2 + this.below(3), ""));
    this.words = [...new Set([...COMMON, ...rare])];
    this.#nextWord = this.#byZipf(this.words, SAMPLES);
    this.#projects = Array.from({ length: PROJECTS }, () => this.#newProject());
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }

  word(): string {
    const kind = this.random();
    if (kind < 0.82) return this.#nextWord();
    if (kind < 0.94) return this.name();
    return kind < 0.97 ? this.path() : String(this.below(100_000));
  }

  name(): string {
    return this.#spokenOf().name();
  }

  path(): string {
    return this.#spokenOf().path();
  }

  /** Now and then another project's. */
  #spokenOf(): Project {
    const project = this.random() < 0.95 ? this.project : this.below(PROJECTS);
    return this.#projects[project] ?? this.#newProject();
  }

  /** @param length in characters, about */
  text(length: number): string {
    let text = "";
    while (text.length < length) text += `${this.sentence()} `;
    return text;
  }

  sentence(): string {
    const words = Array.from({ length: 6 + this.below(14) }, () => this.word());
    return `${words.join(" ")}.${this.random() < 0.15 ? "\n\n" : ""}`;
  }

  japanese(length: number): string {
    const letters = Array.from({ length }, () => String.fromCodePoint(0x4e00 + Math.floor(1500 * this.random() ** 3)));
    return letters.join("");
  }

  /** What a tool prints: a file with numbered lines, a log, a list of files. */
  printed(length: number): string {
    const line = this.pick([
      (n: number) =>
        `${String(n).padStart(5)}  ${"  ".repeat(this.below(4))}const ${this.name()} = ${this.name()}(${this.#nextWord()}, ${this.below(1000)});`,
      (n: number) =>
        `2026-${10 + (n % 3)}-0${1 + (n % 9)}T12:${10 + (n % 50)} INFO ${this.path()}:${n} ${this.#nextWord()} ${this.#nextWord()} id=${this.hex(12)}`,
      () => `-rw-r--r-- 1 dev dev ${this.below(1e6)} ${this.path()}`,
      () => `${this.sentence()}`,
    ]);
    const lines: string[] = [];
    for (let n = 1, left = length; left > 0; n++) {
      const next = line(n);
      lines.push(next);
      left -= next.length + 1;
    }
    return lines.join("\n");
  }

  hex(length: number): string {
    let text = "";
    while (text.length < length)
      text += this.below(2 ** 32)
        .toString(16)
        .padStart(8, "0");
    return text.slice(0, length);
  }

  #distinct(count: number, make: () => string): string[] {
    const found = new Set<string>();
    while (found.size < count) found.add(make());
    return [...found];
  }

  #join(count: number, between: string): string {
    return Array.from({ length: count }, () => SYLLABLES[this.below(SYLLABLES.length)]).join(between);
  }

  #newProject(): Project {
    const own = [...NOUNS.filter(() => this.random() < 0.3), ...this.#distinct(20, () => this.#join(2, ""))];
    const folders = this.#distinct(12, () => own[this.below(own.length)] ?? "");
    const names = this.#distinct(500, () => this.#name(own[this.below(own.length)] ?? ""));
    const paths = this.#distinct(250, () => this.#path(folders));
    return { name: this.#byZipf(names, 1 << 14), path: this.#byZipf(paths, 1 << 14) };
  }

  #name(rare: string): string {
    const parts = [VERBS[this.below(VERBS.length)] ?? "", NOUNS[this.below(NOUNS.length)] ?? "", rare];
    if (this.random() < 0.5) return parts.join("_");
    return parts.map((part, i) => (i === 0 ? part : part.charAt(0).toUpperCase() + part.slice(1))).join("");
  }

  #path(all: readonly string[]): string {
    const folders = Array.from({ length: 1 + this.below(4) }, () => all[this.below(all.length)]);
    return `src/${folders.join("/")}/${this.#join(2, "")}_${this.below(100)}.${ENDS[this.below(ENDS.length)]}`;
  }

  #byZipf(list: readonly string[], size: number): () => string {
    const weights = Float64Array.from(list, (_, i) => 1 / (i + 1) ** EXPONENT);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const samples = new Uint32Array(size);
    let at = 0;
    for (const [i, weight] of weights.entries()) {
      const end = Math.min(size, at + Math.max(1, Math.round((weight / total) * size)));
      samples.fill(i, at, end);
      at = end;
    }
    return () => list[samples[this.below(at)] ?? 0] ?? "";
  }
}
