/**
 * pattern: a pattern of PSUBSCRIBE, compiled once and matched often. The language is that of glob.ts.
 *
 *   "news.*.eu?"  ─►  head  n e w s .      matched at the start of the text
 *                     body  (none)         between two stars: at the first place where it fits
 *                     tail  . e u ?        matched at the end of the text
 *
 * A step matches one character: a code of 0 … 255 that character, ANY all of them, others a set. The first place that
 * fits is right for each body, because everything behind it then has the most room; so no match is tried twice.
 */

/** Steps of a piece between stars. */
type Steps = readonly number[];

const ANY = 256;
const SETS_FROM = 257;
const CODES = 256;

/** Compiles the pattern; see Pattern for what it gives. */
export class Pattern {
  readonly text: string;
  /** What every text that matches begins with. */
  readonly prefix: string;
  readonly #head: Steps;
  readonly #bodies: readonly Steps[];
  /** Null: there is no star, the head is all there is. */
  readonly #tail: Steps | null;
  readonly #sets: readonly Uint8Array[];

  constructor(text: string) {
    this.text = text;
    const { pieces, sets } = parse(text);
    this.#head = pieces[0]!;
    this.#tail = pieces.length > 1 ? pieces.at(-1)! : null;
    this.#bodies = pieces.slice(1, -1).filter((steps) => steps.length > 0);
    this.#sets = sets;
    const special = this.#head.findIndex((step) => step >= ANY);
    this.prefix = String.fromCharCode(...(special < 0 ? this.#head : this.#head.slice(0, special)));
  }

  /** O(length of pattern × length of text) at worst; a pattern of literals and stars at the end: O(pattern) */
  matches(text: string): boolean {
    const head = this.#head;
    const tail = this.#tail;
    if (tail === null) return text.length === head.length && this.#fits(head, text, 0);
    const tailAt = text.length - tail.length;
    if (tailAt < head.length || !this.#fits(head, text, 0) || !this.#fits(tail, text, tailAt)) return false;
    let at = head.length;
    for (const body of this.#bodies) {
      const last = tailAt - body.length;
      while (at <= last && !this.#fits(body, text, at)) at++;
      if (at > last) return false;
      at += body.length;
    }
    return true;
  }

  #fits(steps: Steps, text: string, at: number): boolean {
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]!;
      const code = text.charCodeAt(at + i);
      if (step === code || step === ANY) continue;
      if (step < SETS_FROM || this.#sets[step - SETS_FROM]![code] === 0) return false;
    }
    return true;
  }
}

function parse(text: string): { pieces: number[][]; sets: Uint8Array[] } {
  const pieces: number[][] = [[]];
  const sets: Uint8Array[] = [];
  for (let at = 0; at < text.length; at++) {
    const piece = pieces.at(-1)!;
    switch (text[at]) {
      case "*":
        pieces.push([]);
        break;
      case "?":
        piece.push(ANY);
        break;
      case "[": {
        const set = parseSet(text, at);
        piece.push(SETS_FROM + sets.length);
        sets.push(set.members);
        at = set.end - 1;
        break;
      }
      case "\\":
        // At the end of the pattern it stands for itself.
        if (at + 1 < text.length) at++;
        piece.push(text.charCodeAt(at));
        break;
      default:
        piece.push(text.charCodeAt(at));
    }
  }
  return { pieces, sets };
}

/** `[a-c]` and the like from `start` on; an unclosed set ends with the pattern. */
function parseSet(text: string, start: number): { members: Uint8Array; end: number } {
  const members = new Uint8Array(CODES);
  let at = start + 1;
  const negated = text[at] === "^";
  if (negated) at++;
  for (; at < text.length && text[at] !== "]"; at++) {
    if (text[at] === "\\" && at + 1 < text.length) members[text.charCodeAt(++at)] = 1;
    else if (text[at + 1] === "-" && at + 2 < text.length) {
      const [from, to] = [text.charCodeAt(at), text.charCodeAt(at + 2)];
      members.fill(1, Math.min(from, to), Math.max(from, to) + 1);
      at += 2;
    } else members[text.charCodeAt(at)] = 1;
  }
  if (negated) for (let code = 0; code < CODES; code++) members[code] = 1 - members[code]!;
  return { members, end: Math.min(at + 1, text.length) };
}
