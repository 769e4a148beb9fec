/**
 * split-args: one line of text ⇄ its words, with the quoting that redis.conf, command lines and inline commands share.
 *
 *   word            up to the next white space
 *   "…"             escapes \n \r \t \b \a \xHH; any other \c is c. A space or the end of the line must follow.
 *   '…'             only \' is an escape. A space or the end of the line must follow.
 *
 * Texts are byte strings: one UTF-16 unit per byte (latin1), so that no byte of a password or a path is lost.
 */

const NAMED_ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" };
const ESCAPE_NAMES: Readonly<Record<string, string>> = {
  "\n": "n",
  "\r": "r",
  "\t": "t",
  "\b": "b",
  "\x07": "a",
};

const isSpace = (char: string): boolean => char === " " || (char >= "\t" && char <= "\r");
const isHex = (text: string): boolean => /^[0-9a-fA-F]{2}$/.test(text);

/** The words of a line, or null when its quotes do not balance. */
export function splitArgs(line: string): string[] | null {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && isSpace(line[at]!)) at++;
    if (at >= line.length) return words;

    let word = "";
    while (at < line.length && !isSpace(line[at]!) && line[at] !== "\0") {
      const char = line[at]!;
      if (char !== '"' && char !== "'") {
        word += char;
        at++;
        continue;
      }
      const quoted = char === '"' ? readDoubleQuoted(line, at + 1) : readSingleQuoted(line, at + 1);
      if (quoted === null) return null;
      word += quoted.text;
      at = quoted.end;
      if (at < line.length && !isSpace(line[at]!)) return null;
    }
    words.push(word);
    if (line[at] === "\0") return words;
  }
}

function readDoubleQuoted(line: string, start: number): { text: string; end: number } | null {
  let text = "";
  let at = start;
  while (at < line.length) {
    const char = line[at]!;
    if (char === '"') return { text, end: at + 1 };
    if (char !== "\\" || at + 1 >= line.length) {
      text += char;
      at++;
      continue;
    }
    const next = line[at + 1]!;
    if (next === "x" && isHex(line.slice(at + 2, at + 4))) {
      text += String.fromCharCode(parseInt(line.slice(at + 2, at + 4), 16));
      at += 4;
    } else {
      text += NAMED_ESCAPES[next] ?? next;
      at += 2;
    }
  }
  return null;
}

function readSingleQuoted(line: string, start: number): { text: string; end: number } | null {
  let text = "";
  let at = start;
  while (at < line.length) {
    if (line[at] === "'") return { text, end: at + 1 };
    if (line[at] === "\\" && line[at + 1] === "'") at++;
    text += line[at];
    at++;
  }
  return null;
}

/** The word in double quotes, such that splitArgs reads it back unchanged. */
export function quoteArg(word: string): string {
  let quoted = '"';
  for (const char of word) {
    const code = char.charCodeAt(0);
    if (char === '"' || char === "\\") quoted += `\\${char}`;
    else if (char in ESCAPE_NAMES) quoted += `\\${ESCAPE_NAMES[char]}`;
    else if (code >= 0x20 && code < 0x7f) quoted += char;
    else quoted += `\\x${code.toString(16).padStart(2, "0")}`;
  }
  return `${quoted}"`;
}

/** Text that reaches us as UTF-16 (argv, environment) as a byte string. */
export function toByteString(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** A byte string as text for people and for the file system. */
export function fromByteString(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}
