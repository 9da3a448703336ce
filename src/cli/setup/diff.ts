/** The change of a file, shown as a unified diff. */
const CONTEXT = 2;

/** A line of either text; `mark` is that of a diff. */
interface Line {
  readonly mark: " " | "-" | "+";
  readonly text: string;
}

/** What has changed with some lines around it, one line of output each; `…` for what is left out between changes. */
export function diff(before: string, after: string, name: string): string[] {
  const lines = marked(linesOf(before), linesOf(after));
  const shown = lines.map((_, at) => lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(isChange));
  const told = lines.flatMap(({ mark, text }, at) => {
    if (shown[at]) return [`${mark}${text}`];
    return shown[at - 1] && shown.includes(true, at) ? ["…"] : [];
  });
  return [`--- ${name}`, `+++ ${name}`, ...told];
}

/** Both texts as one, by their longest common sequence of lines. What they begin and end with alike costs nothing. */
function marked(old: readonly string[], now: readonly string[]): Line[] {
  const least = Math.min(old.length, now.length);
  let head = 0;
  while (head < least && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < least - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  return [
    ...as(" ", old.slice(0, head)),
    ...between(old.slice(head, old.length - tail), now.slice(head, now.length - tail)),
    ...as(" ", old.slice(old.length - tail)),
  ];
}

function between(old: readonly string[], now: readonly string[]): Line[] {
  // How many lines the rests behind each pair of places have in common.
  const width = now.length + 1;
  const common = new Uint32Array((old.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      common[i * width + j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < old.length && j < now.length) {
    if (old[i] === now[j]) {
      lines.push(...as(" ", old.slice(i, i + 1)));
      i++;
      j++;
    } else if (at(i + 1, j) >= at(i, j + 1)) lines.push(...as("-", old.slice(i, ++i)));
    else lines.push(...as("+", now.slice(j, ++j)));
  }
  return [...lines, ...as("-", old.slice(i)), ...as("+", now.slice(j))];
}

const as = (mark: Line["mark"], texts: readonly string[]): Line[] => texts.map((text) => ({ mark, text }));
const isChange = ({ mark }: Line) => mark !== " ";
const linesOf = (text: string) => (text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/));
