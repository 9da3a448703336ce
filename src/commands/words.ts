/**
 * Argument text to words, as Claude Code 2.1.328 cuts it for `$0` and named arguments (recorded, test/commands): the text
 * is read as a shell would read its first command. Quotes group, an operator or a comment ends the list, and a word that
 * only a shell could work out (`$X`, `$(…)`) is left out unless it comes first.
 */

/** Words for positions. Text without any such word is cut at white space. */
export function words(text: string): string[] {
  const found = new Reader(text).read();
  return found.length > 0 ? found : text.split(/\s+/).filter((word) => word !== "");
}

/**
 * Words for a shell and for code: a quoted word (behind `name=` too) is one and loses its quotes; nothing else has a
 * meaning, so an apostrophe stays one and no character is lost.
 */
export function allWords(text: string): string[] {
  const found = text.matchAll(/([^\s"'=]*=)?(?:"([^"]*)"|'([^']*)')(?!\S)|\S+/g);
  return [...found].map(([all, name = "", double, single]) => {
    const inner = double ?? single;
    return inner === undefined ? all : name + inner;
  });
}

interface Word {
  readonly text: string;
  /** True when it is an expansion and nothing else. */
  readonly unknown: boolean;
  /** True when a part of it would be the output of a command. */
  readonly runs: boolean;
  /** True for `NAME=value`. */
  readonly assignment: boolean;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): string[] {
    this.#skip(/[\s;&|]*/y);
    const assignments: string[] = [];
    const list: string[] = [];
    while (this.#at < this.#text.length) {
      if (this.#skip(/[ \t\r\v\f]+|\\\n/y)) continue;
      if (list.length > 0 && this.#skip(/\([^()]*\)/y)) continue;
      if (list.length === 0 && this.#skip(/[()]/y)) continue;
      if (list.length === 0 && this.#skip(/\{(?=\s)|\}(?=\s)|(?:if|then|while)(?=\s)/y)) continue;
      if (this.#peek(/[;&|<>\n#()]|\d+[<>]/y)) break;
      const word = this.#word();
      if (word === undefined) continue;
      if (list.length > 0 && word.runs) break;
      if (list.length === 0 && word.assignment) assignments.push(word.text);
      else if (list.length === 0 || !word.unknown) list.push(word.text);
    }
    return list.length > 0 ? list : assignments;
  }

  #word(): Word | undefined {
    const start = this.#at;
    let text = "";
    let runs = false;
    let quoted = false;
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (/[ \t\r\n\v\f;&|<>()]/.test(char)) break;
      const expansion = this.#take(/\$\([^)]*\)?|\$\{[^}]*\}?|`[^`]*`?|\$'(?:[^'\\]|\\.)*'/y);
      if (expansion !== undefined) {
        text += expansion;
        runs ||= /^(?:\$\(|`)/.test(expansion);
        continue;
      }
      const quote = this.#take(/"(?:[^"\\]|\\[\s\S])*"|'[^']*'/y);
      if (quote !== undefined) {
        text += quote.slice(1, -1);
        quoted = true;
      } else if (char === '"' || char === "'") {
        // A quote that is never closed: an apostrophe, most likely. The rest is one word as it stands.
        text += this.#text.slice(this.#at);
        this.#at = this.#text.length;
      } else if (char === "\\") {
        text += this.#text.slice(this.#at + 1, this.#at + 2).replace("\n", "");
        this.#at += 2;
      } else {
        text += char;
        this.#at++;
      }
    }
    const source = this.#text.slice(start, this.#at);
    if (text === "" && !quoted) return undefined;
    const unknown = /^\$(?:\w+|\{[^}]*\}?|'.*'|[?#@*!$-])$/s.test(source);
    return { text, unknown, runs, assignment: /^[A-Za-z_]\w*\+?=(?!=)/.test(source) };
  }

  #skip(pattern: RegExp): boolean {
    const taken = this.#take(pattern);
    return taken !== undefined && taken !== "";
  }

  #peek(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text);
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#text)?.[0];
    if (taken !== undefined) this.#at += taken.length;
    return taken;
  }
}
