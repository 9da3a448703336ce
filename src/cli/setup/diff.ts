/** The change of one line, shown as a unified diff. */
const CONTEXT = 2;

/** Both texts differ in one run of lines; that run with some lines around it, one line of output each. */
export function diff(before: string, after: string, name: string): string[] {
  const [old, now] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < Math.min(old.length, now.length) && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < Math.min(old.length, now.length) - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const from = Math.max(0, head - CONTEXT);
  return [
    `--- ${name}`,
    `+++ ${name}`,
    ...old.slice(from, head).map((line) => ` ${line}`),
    ...old.slice(head, old.length - tail).map((line) => `-${line}`),
    ...now.slice(head, now.length - tail).map((line) => `+${line}`),
    ...old
      .slice(old.length - tail)
      .slice(0, CONTEXT)
      .map((line) => ` ${line}`),
  ];
}

const linesOf = (text: string) => (text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/));
